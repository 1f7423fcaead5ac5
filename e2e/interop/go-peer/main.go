// A peer of P2P Chat (Golang Edition), as its wire contract has it: what an interoperation test meets
// instead of the original. What people would see stands on stdout; a line that begins with "@ " is JSON
// for a test.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	libp2pquic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	webtransport "github.com/libp2p/go-libp2p/p2p/transport/webtransport"
)

type options struct {
	topic, username, listen, bootstrap, dhtMode, dhtProtocol string
	webTransport                                             bool
	provideEvery, lookEvery                                  time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.topic, "topic", "p2p-chat-default", "the room")
	flag.StringVar(&o.username, "username", fmt.Sprintf("user_%04d", time.Now().UnixNano()%10_000), "the name")
	flag.StringVar(&o.listen, "listen", "127.0.0.1", "IPv4 address to listen on")
	flag.BoolVar(&o.webTransport, "webtransport", false, "listen on WebTransport, too")
	flag.StringVar(&o.bootstrap, "bootstrap", "", "multiaddrs to dial at the start, by commas")
	flag.StringVar(&o.dhtMode, "dht", "off", "off, client or server; private addresses are allowed")
	flag.StringVar(&o.dhtProtocol, "dht-protocol", "/ipfs/kad/1.0.0", "the DHT to be in")
	flag.DurationVar(&o.provideEvery, "provide-every", 5*time.Minute, "how often the room is provided; 0 for never")
	flag.DurationVar(&o.lookEvery, "look-every", 10*time.Second, "how often the room is looked for")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(o options) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	node, err := newHost(o)
	if err != nil {
		return err
	}
	defer node.Close()
	room, err := join(ctx, node, o)
	if err != nil {
		return err
	}
	room.greet()
	for _, address := range strings.FieldsFunc(o.bootstrap, func(r rune) bool { return r == ',' }) {
		room.add(ctx, address)
	}
	if o.dhtMode != "off" {
		if err := discover(ctx, node, o); err != nil {
			return err
		}
	}
	room.say("join", o.username+" joined the chat")
	room.readCommands(ctx)
	return nil
}

func newHost(o options) (host.Host, error) {
	listen := []string{
		fmt.Sprintf("/ip4/%s/tcp/0", o.listen),
		fmt.Sprintf("/ip4/%s/udp/0/quic-v1", o.listen),
	}
	if o.webTransport {
		listen = append(listen, fmt.Sprintf("/ip4/%s/udp/0/quic-v1/webtransport", o.listen))
	}
	return libp2p.New(
		libp2p.ListenAddrStrings(listen...),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Transport(libp2pquic.NewTransport),
		libp2p.Transport(websocket.New),
		libp2p.Transport(webtransport.New),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Security(libp2ptls.ID, libp2ptls.New),
		libp2p.Muxer(yamux.ID, yamux.DefaultTransport),
	)
}

// The Go system's own mesh settings, whatever this version's defaults are.
func gossipParams() pubsub.GossipSubParams {
	params := pubsub.DefaultGossipSubParams()
	params.D, params.Dlo, params.Dhi = 4, 3, 6
	// D = 4 leaves less room for these than the defaults take.
	params.Dscore, params.Dout = 3, 1
	params.HeartbeatInterval = 700 * time.Millisecond
	return params
}

// Provides and looks up the room as the Go system does.
func discover(ctx context.Context, node host.Host, o options) error {
	mode := dht.ModeClient
	if o.dhtMode == "server" {
		mode = dht.ModeServer
	}
	prefix := strings.TrimSuffix(o.dhtProtocol, "/kad/1.0.0")
	kad, err := dht.New(ctx, node, dht.Mode(mode), dht.ProtocolPrefix(protocol.ID(prefix)))
	if err != nil {
		return err
	}
	if err := kad.Bootstrap(ctx); err != nil {
		return err
	}
	key, err := roomKey(o.topic)
	if err != nil {
		return err
	}
	tell("room", map[string]any{"cid": key.String()})
	go every(ctx, o.provideEvery, func() bool {
		if o.provideEvery == 0 {
			<-ctx.Done()
			return true
		}
		if kad.Provide(ctx, key, true) != nil {
			return false
		}
		tell("provided", map[string]any{})
		return true
	})
	go every(ctx, o.lookEvery, func() bool {
		for found := range kad.FindProvidersAsync(ctx, key, 20) {
			if found.ID == node.ID() || len(node.Network().ConnsToPeer(found.ID)) > 0 {
				continue
			}
			attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
			err := node.Connect(attempt, found)
			cancel()
			tell("found", map[string]any{"peer": found.ID.String(), "connected": err == nil})
		}
		return true
	})
	return nil
}

// Again after a second while it fails: at the start the routing table may still be empty.
func every(ctx context.Context, pause time.Duration, do func() bool) {
	for {
		wait := pause
		if !do() {
			wait = time.Second
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
