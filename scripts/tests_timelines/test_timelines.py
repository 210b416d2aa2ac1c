"""What `sieve timeline` writes is a trace by Perfetto's own descriptors, with nothing that they do not know."""

import os
import subprocess
from collections import defaultdict

import pytest
from google.protobuf.unknown_fields import UnknownFieldSet
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent

REPLAY = "replay --model gpt-oss-120b --batch 16 --set model.layers=2 --set warmup_steps=1"
COMMANDS = [
    REPLAY,
    f"{REPLAY} --layers 1 --method allexp",
    "replay --model qwen3-30b-a3b --batch 8 --set model.layers=2 --from 50 --to 120.5",
    "dram --shape 1024x1024 --channels 2",
    "dram --shape 512x1024 --channels 1 --read 65536 --from 200 --to 900",
    "dram --shape 1024x1024 --tokens 4 --channels 1 --device samsung-hbm-pim --from 6000 --to 9000",
]


@pytest.fixture(params=COMMANDS)
def trace(request, tmp_path):
    file = tmp_path / "trace.perfetto-trace"
    command = [os.environ["SIEVE_BIN"], "timeline", *request.param.split(), "--out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    trace = Trace()
    trace.ParseFromString(file.read_bytes())
    assert trace.ByteSize() == file.stat().st_size
    return trace


def unknown(message):
    """Fields of a message, and of those in it, that the descriptors do not know."""
    found = len(UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            found += sum(unknown(inner) for inner in (value if field.is_repeated else [value]))
    return found


def test_descriptors_know_every_field(trace):
    assert len(trace.packet) > 50
    assert unknown(trace) == 0
    assert all(packet.trusted_packet_sequence_id == 1 for packet in trace.packet)


def test_tracks_have_names_and_groups(trace):
    tracks = {p.track_descriptor.uuid: p.track_descriptor for p in trace.packet if p.HasField("track_descriptor")}
    groups = {uuid for uuid, track in tracks.items() if track.HasField("process")}
    assert len({tracks[uuid].process.pid for uuid in groups}) == len(groups)
    for uuid, track in tracks.items():
        assert uuid != 0
        assert track.process.process_name if uuid in groups else track.name and track.parent_uuid in groups
    used = {p.track_event.track_uuid for p in trace.packet if p.HasField("track_event")}
    assert used == tracks.keys() - groups


def test_slices_do_not_overlap_and_flows_have_both_ends(trace):
    open_slices, free = defaultdict(list), {}
    begun, ended, now = {}, set(), 0
    counters = {p.track_descriptor.uuid for p in trace.packet if p.track_descriptor.HasField("counter")}
    rows = {p.track_descriptor.uuid for p in trace.packet if p.track_descriptor.name.endswith("row")}
    for packet in trace.packet:
        if not packet.HasField("track_event"):
            continue
        event, at = packet.track_event, packet.timestamp
        track = event.track_uuid
        assert at >= now
        now = at
        if event.type == TrackEvent.TYPE_COUNTER:
            assert track in counters
            continue
        assert track not in counters
        stack = open_slices[track]
        if event.type == TrackEvent.TYPE_SLICE_BEGIN:
            assert event.name
            assert len(stack) <= (1 if track in rows else 0), f"{event.name} overlaps {stack}"
            assert at >= free.get((track, len(stack)), 0)
            stack.append(event.name)
            for flow in event.terminating_flow_ids:
                assert begun.pop(flow) <= at
                assert flow not in ended
                ended.add(flow)
            for flow in event.flow_ids:
                assert flow not in begun
                begun[flow] = at
        else:
            assert event.type == TrackEvent.TYPE_SLICE_END
            stack.pop()
            free[track, len(stack)] = at
    assert not any(open_slices.values())
    assert not begun
