// The rows of the benchmark with vishvananda/netlink: one handle, inputs ready before the clock starts.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sort"
	"strconv"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const links, dumps = 100, 5

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func index(name string) int {
	link, err := net.InterfaceByName(name)
	check(err)
	return link.Index
}

func ip(i int) net.IP { return net.IPv4(10, byte(i>>16), byte(i>>8), byte(i)).To4() }

func mac(i int) net.HardwareAddr {
	return net.HardwareAddr{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)}
}

func host(i int) *net.IPNet { return &net.IPNet{IP: ip(i), Mask: net.CIDRMask(32, 32)} }

func named(name string) netlink.LinkAttrs {
	attributes := netlink.NewLinkAttrs()
	attributes.Name = name
	return attributes
}

// The link of step i of a row about kinds; a bridge comes before its 32 ports, and has a number of its own.
func linkOf(row string, i int) netlink.Link {
	const steps, firstBridge = 33, 1000000
	switch {
	case row == "vlan-add" || row == "vlan-delete":
		attributes := named("v0." + strconv.Itoa(i+1))
		attributes.ParentIndex = index("v0")
		return &netlink.Vlan{LinkAttrs: attributes, VlanId: i + 1, VlanProtocol: netlink.VLAN_PROTOCOL_8021Q}
	case row == "dummy-add" || row == "dummy-delete":
		return &netlink.Dummy{LinkAttrs: named("d" + strconv.Itoa(i))}
	case i%steps == 0:
		attributes := named("b" + strconv.Itoa(i/steps))
		attributes.Index = firstBridge + i/steps
		return &netlink.Bridge{LinkAttrs: attributes}
	}
	attributes := named("v" + strconv.Itoa(i))
	attributes.MasterIndex = firstBridge + i/steps
	return &netlink.Veth{LinkAttrs: attributes, PeerName: "p" + strconv.Itoa(i)}
}

// What is done for step i of a row that changes something; the inputs are made here.
func steps(handle *netlink.Handle, row string, count int) func(i int) error {
	switch row {
	case "veth-add":
		pairs := make([]*netlink.Veth, count)
		for i := range pairs {
			pairs[i] = &netlink.Veth{LinkAttrs: named("v" + strconv.Itoa(i)), PeerName: "p" + strconv.Itoa(i)}
		}
		return func(i int) error { return handle.LinkAdd(pairs[i]) }
	case "vlan-add", "dummy-add", "bridge-add":
		made := make([]netlink.Link, count)
		for i := range made {
			made[i] = linkOf(row, i)
		}
		return func(i int) error { return handle.LinkAdd(made[i]) }
	case "vlan-delete", "dummy-delete", "bridge-delete":
		made := make([]netlink.Link, count)
		for i := range made {
			made[i] = linkOf(row, i)
			made[i].Attrs().Index = index(made[i].Attrs().Name)
		}
		return func(i int) error { return handle.LinkDel(made[i]) }
	case "veth-delete", "veth-delete-one":
		pairs := make([]*netlink.Veth, count)
		for i := range pairs {
			pairs[i] = &netlink.Veth{LinkAttrs: named("v" + strconv.Itoa(i))}
			pairs[i].Index = index(pairs[i].Name)
		}
		return func(i int) error { return handle.LinkDel(pairs[i]) }
	case "address-add":
		on := make([]*netlink.Veth, links)
		for i := range on {
			on[i] = &netlink.Veth{LinkAttrs: named("v" + strconv.Itoa(i))}
			on[i].Index = index(on[i].Name)
		}
		addresses := make([]*netlink.Addr, count)
		for i := range addresses {
			addresses[i] = &netlink.Addr{IPNet: host(i)}
		}
		return func(i int) error { return handle.AddrAdd(on[i%links], addresses[i]) }
	case "route-add":
		gateway, link := net.IPv4(192, 0, 2, 2).To4(), index("v0")
		routes := make([]*netlink.Route, count)
		for i := range routes {
			routes[i] = &netlink.Route{Dst: host(i), Gw: gateway, LinkIndex: link, Protocol: unix.RTPROT_BOOT}
		}
		return func(i int) error { return handle.RouteAdd(routes[i]) }
	case "fdb-add", "neighbour-add":
		link := index("v0")
		entries := make([]*netlink.Neigh, count)
		for i := range entries {
			entries[i] = &netlink.Neigh{LinkIndex: link, State: netlink.NUD_PERMANENT, IP: ip(i), HardwareAddr: mac(i)}
			if row == "fdb-add" {
				entries[i] = &netlink.Neigh{LinkIndex: link, Family: unix.AF_BRIDGE, State: netlink.NUD_NOARP,
					Flags: netlink.NTF_MASTER, HardwareAddr: mac(i)}
			}
		}
		return func(i int) error { return handle.NeighAdd(entries[i]) }
	}
	return nil
}

func dump(handle *netlink.Handle, row string) int {
	if row == "link-dump" || row == "kind-dump" {
		found, err := handle.LinkList()
		check(err)
		return len(found)
	}
	found, err := handle.RouteList(nil, netlink.FAMILY_V4)
	check(err)
	return len(found)
}

func main() {
	row := os.Args[1]
	count, err := strconv.Atoi(os.Args[2])
	check(err)
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	check(err)
	step := steps(handle, row, count)
	if step != nil {
		runtime.GC()
		start := time.Now()
		for i := 0; i < count; i++ {
			check(step(i))
		}
		fmt.Printf("{\"ns\":%d}\n", time.Since(start).Nanoseconds())
		return
	}
	spent, objects := make([]int64, dumps), 0
	for i := range spent {
		runtime.GC()
		start := time.Now()
		objects = dump(handle, row)
		spent[i] = time.Since(start).Nanoseconds()
	}
	sort.Slice(spent, func(a, b int) bool { return spent[a] < spent[b] })
	fmt.Printf("{\"ns\":%d,\"objects\":%d}\n", spent[dumps/2], objects)
}
