"""A loop in Python: one os.read or os.write a packet."""
import os
import select
import sys
import time

TUN = 3


def packet(size):
    head = bytearray(size)
    head[:20] = bytes([0x45, 0, size >> 8, size & 255, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1])
    total = sum(head[i] << 8 | head[i + 1] for i in range(0, 20, 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    head[10:12] = (~total & 0xFFFF).to_bytes(2, "big")
    head[20:28] = bytes([0, 9, 9000 >> 8, 9000 & 255, (size - 20) >> 8, (size - 20) & 255, 0, 0])
    return bytes(head)


def turned(p):
    return p[:12] + p[16:20] + p[12:16] + p[22:24] + p[20:22] + p[24:]


def perform(mode, count, size):
    if mode == "write":
        out = packet(size)
        for _ in range(count):
            os.write(TUN, out)
        return
    done = 0
    while done < count:
        try:
            got = os.read(TUN, 65536)
        except BlockingIOError:
            select.select([TUN], [], [])
            continue
        if mode == "read":
            done += 1
            continue
        done += got[0] == 0x45
        os.write(TUN, turned(got))


for line in sys.stdin:
    mode, count, size = line.split()
    if mode == "end":
        break
    start = time.perf_counter_ns()
    perform(mode, int(count), int(size))
    print(time.perf_counter_ns() - start, flush=True)
