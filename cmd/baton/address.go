package main

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// networkInterface is what reachableAddress looks at.
type networkInterface struct {
	name  string
	flags net.Flags
	addrs []netip.Addr
}

// reachableAddress picks the IPv4 address under which a phone in the same network most likely reaches this machine: the first
// private one of an interface that is up, and one of a bridge for virtual machines only where there is no other. Without
// any it is 127.0.0.1.
func reachableAddress(interfaces []networkInterface) netip.Addr {
	byRank := slices.Clone(interfaces)
	slices.SortStableFunc(byRank, func(a, b networkInterface) int { return cmp.Compare(virtualRank(a.name), virtualRank(b.name)) })
	for _, i := range byRank {
		// A tunnel leads elsewhere, and an interface without a cable leads nowhere.
		if i.flags&net.FlagUp == 0 || i.flags&net.FlagRunning == 0 || i.flags&(net.FlagLoopback|net.FlagPointToPoint) != 0 {
			continue
		}
		for _, addr := range i.addrs {
			if addr.Is4() && addr.IsPrivate() {
				return addr
			}
		}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

func virtualRank(name string) int {
	for _, prefix := range []string{"docker", "br-", "virbr", "veth", "vmnet", "vboxnet", "cni", "podman"} {
		if strings.HasPrefix(name, prefix) {
			return 1
		}
	}
	return 0
}

// systemInterfaces lists the machine's interfaces; one that cannot be read is left out.
func systemInterfaces() []networkInterface {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var found []networkInterface
	for _, i := range all {
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		seen := networkInterface{name: i.Name, flags: i.Flags}
		for _, addr := range addrs {
			if prefix, err := netip.ParsePrefix(addr.String()); err == nil {
				seen.addrs = append(seen.addrs, prefix.Addr().Unmap())
			}
		}
		found = append(found, seen)
	}
	return found
}

// demoURL is the address that the demo tells phones where nobody named one: the one it listens on, or, where it listens on all
// of them, the most reachable.
func demoURL(listening *net.TCPAddr, interfaces []networkInterface) *url.URL {
	host := listening.IP.String()
	if listening.IP == nil || listening.IP.IsUnspecified() {
		host = reachableAddress(interfaces).String()
	}
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(listening.Port))}
}

// loopbackURL is the address under which the process reaches itself.
func loopbackURL(listening *net.TCPAddr) *url.URL {
	host := listening.IP.String()
	if listening.IP == nil || listening.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(listening.Port))}
}
