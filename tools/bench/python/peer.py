"""The rows of the benchmark with pyroute2: one IPRoute socket, inputs ready before the clock starts."""
import gc
import json
import sys
import time

from pyroute2 import IPRoute

LINKS = 100


def ip(i):
    return f'10.{i >> 16}.{i >> 8 & 255}.{i & 255}'


def mac(i):
    return f'02:00:00:{i >> 16:02x}:{i >> 8 & 255:02x}:{i & 255:02x}'


def steps(route, row, count):
    """The method that a row calls and the arguments of each call."""
    if row == 'veth-add':
        same = {'command': 'add', 'kind': 'veth'}
        return route.link, [{**same, 'ifname': f'v{i}', 'peer': f'p{i}'} for i in range(count)]
    if row in ('veth-delete', 'veth-delete-one'):
        return route.link, [{'command': 'del', 'index': index(route, f'v{i}')} for i in range(count)]
    if row == 'address-add':
        on = [index(route, f'v{i}') for i in range(LINKS)]
        specs = [{'command': 'add', 'index': on[i % LINKS], 'address': ip(i), 'prefixlen': 32} for i in range(count)]
        return route.addr, specs
    link = index(route, 'v0')
    if row == 'route-add':
        same = {'command': 'add', 'gateway': '192.0.2.2', 'oif': link, 'proto': 3}
        return route.route, [{**same, 'dst': f'{ip(i)}/32'} for i in range(count)]
    if row == 'fdb-add':
        # State 64 is NUD_NOARP (`static`), flag 4 is NTF_MASTER.
        same = {'command': 'add', 'ifindex': link, 'flags': 4, 'state': 64}
        return route.fdb, [{**same, 'lladdr': mac(i)} for i in range(count)]
    if row == 'neighbour-add':
        same = {'command': 'add', 'ifindex': link, 'state': 128}
        return route.neigh, [{**same, 'dst': ip(i), 'lladdr': mac(i)} for i in range(count)]
    return None, []


def index(route, name):
    return route.link_lookup(ifname=name)[0]


def main():
    row, count = sys.argv[1], int(sys.argv[2])
    route = IPRoute()
    call, specs = steps(route, row, count)
    gc.collect()
    start = time.monotonic_ns()
    if call:
        for spec in specs:
            call(**spec)
        print(json.dumps({'ns': time.monotonic_ns() - start}))
        return
    found = route.get_links() if row == 'link-dump' else route.get_routes(family=2, table=254)
    objects = sum(1 for _ in found)
    print(json.dumps({'ns': time.monotonic_ns() - start, 'objects': objects}))


main()
