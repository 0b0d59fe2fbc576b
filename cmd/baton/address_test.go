package main

import (
	"net"
	"net/netip"
	"testing"
)

func TestDemoURL(t *testing.T) {
	const up = net.FlagUp | net.FlagRunning
	lo := networkInterface{"lo", up | net.FlagLoopback, addrs("127.0.0.1", "::1")}
	wifi := networkInterface{"wlan0", up, addrs("fe80::1", "192.168.7.20")}
	unplugged := networkInterface{"eth0", net.FlagUp, addrs("192.168.1.5")}
	down := networkInterface{"eth1", net.FlagRunning, addrs("192.168.1.6")}
	tunnel := networkInterface{"tun0", up | net.FlagPointToPoint, addrs("10.8.0.2")}
	docker := networkInterface{"docker0", up, addrs("172.17.0.1")}
	public := networkInterface{"eth2", up, addrs("203.0.113.9")}
	for _, c := range []struct {
		name       string
		listening  net.TCPAddr
		interfaces []networkInterface
		want       string
	}{
		{"the private address of an interface that is up", net.TCPAddr{Port: 8080}, []networkInterface{lo, down, unplugged, tunnel, wifi}, "http://192.168.7.20:8080"},
		{"all IPv6 addresses are all addresses", net.TCPAddr{IP: net.IPv6unspecified, Port: 80}, []networkInterface{lo, wifi}, "http://192.168.7.20:80"},
		{"a bridge only where there is no other", net.TCPAddr{Port: 8080}, []networkInterface{docker, wifi}, "http://192.168.7.20:8080"},
		{"a bridge then", net.TCPAddr{Port: 8080}, []networkInterface{lo, docker}, "http://172.17.0.1:8080"},
		{"no public address unasked", net.TCPAddr{Port: 8080}, []networkInterface{lo, public}, "http://127.0.0.1:8080"},
		{"nothing at all", net.TCPAddr{Port: 8080}, nil, "http://127.0.0.1:8080"},
		{"the address it listens on", net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}, []networkInterface{wifi}, "http://127.0.0.1:9"},
		{"an IPv6 address in brackets", net.TCPAddr{IP: net.ParseIP("fd00::7"), Port: 9}, []networkInterface{wifi}, "http://[fd00::7]:9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := demoURL(&c.listening, c.interfaces).String(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func addrs(texts ...string) []netip.Addr {
	var list []netip.Addr
	for _, text := range texts {
		list = append(list, netip.MustParseAddr(text))
	}
	return list
}
