"""Answers requests for rounds on stdin with one JSON line each on stdout: how the benches drive Keras and PyTorch.

A request is a JSON line {"steps": n}; the answer {"ms", "cpuMs", "peakMb"} gives wall and processor time per step, and the
process's largest memory so far. The first line of output is {"ready": title}.
"""
import argparse
import json
import resource
import sys
import time


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument('--mode', choices=['step', 'inference'], required=True)
    parser.add_argument('--batch', type=int, required=True)
    parser.add_argument('--threads', type=int, required=True)
    parser.add_argument('--identities', type=int, default=1000)
    parser.add_argument('--layout', choices=['nchw', 'channels_last'], default='nchw')
    return parser.parse_args()


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_megabytes():
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes on Linux, bytes on macOS.
    return largest / (1 << 20 if sys.platform == 'darwin' else 1 << 10)


def serve(title, step, details=None):
    print(json.dumps({'ready': title, **(details or {})}), flush=True)
    for line in sys.stdin:
        steps = json.loads(line)['steps']
        start, start_processor = time.perf_counter(), processor_seconds()
        for _ in range(steps):
            step()
        elapsed, processor = time.perf_counter() - start, processor_seconds() - start_processor
        print(json.dumps({'ms': elapsed * 1e3 / steps, 'cpuMs': processor * 1e3 / steps, 'peakMb': peak_megabytes()}), flush=True)
