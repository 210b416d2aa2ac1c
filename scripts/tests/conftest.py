"""The scripts under test stand one folder up. Nothing is downloaded."""

import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch  # noqa: E402

# More threads cost more than tiny models gain.
torch.set_num_threads(1)
