package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
)

var output sync.Mutex

func show(format string, values ...any) {
	output.Lock()
	defer output.Unlock()
	fmt.Printf(format+"\n", values...)
}

// For tests.
func tell(event string, details map[string]any) {
	details["event"] = event
	text, err := json.Marshal(details)
	if err != nil {
		panic(err)
	}
	show("@ %s", text)
}

func (r *room) greet() {
	show("=== P2P Chat Started ===")
	show("Your Peer ID: %s", r.node.ID())
	addresses := []string{}
	for _, address := range r.node.Addrs() {
		addresses = append(addresses, fmt.Sprintf("%s/p2p/%s", address, r.node.ID()))
		show("Listening on: %s", address)
	}
	tell("listening", map[string]any{"addresses": addresses})
	show("Username: %s", r.username)
	show("Connected peers: %d", len(r.node.Network().Peers()))
	r.showHistory()
	show("Type /help for commands")
}

// One line of stdin is one thing said, or a command.
func (r *room) readCommands(ctx context.Context) {
	input := bufio.NewScanner(os.Stdin)
	// The original dies of a line of 64 KiB.
	input.Buffer(nil, 1<<20)
	for input.Scan() {
		text := strings.TrimSpace(input.Text())
		command, argument, _ := strings.Cut(text, " ")
		switch {
		case text == "":
		case command == "/quit" || command == "/exit":
			return
		case command == "/add":
			r.add(ctx, argument)
		case command == "/peers":
			r.showPeers()
		case command == "/history":
			r.showHistory()
		case command == "/help":
			show("/add <multiaddr>  /peers  /history  /quit")
		case strings.HasPrefix(command, "/"):
			show("Unknown command: %s (type /help for available commands)", command)
		default:
			r.say("message", text)
		}
	}
}

func (r *room) add(ctx context.Context, address string) {
	started := time.Now()
	info, err := peer.AddrInfoFromString(strings.TrimSpace(address))
	if err == nil {
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		err = r.node.Connect(attempt, *info)
	}
	if err != nil {
		show("Failed to connect: %v", err)
		tell("added", map[string]any{"address": address, "connected": false})
		return
	}
	via := ""
	for _, connection := range r.node.Network().ConnsToPeer(info.ID) {
		via = connection.RemoteMultiaddr().String()
	}
	show("Connected to %s", info.ID)
	tell("added", map[string]any{
		"address": address, "connected": true, "peer": info.ID.String(), "via": via,
		"connectMs": time.Since(started).Milliseconds(), "rttMs": roundTrip(ctx, r, info.ID),
	})
}

func roundTrip(ctx context.Context, r *room, id peer.ID) float64 {
	attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	answer := <-ping.Ping(attempt, r.node, id)
	if answer.Error != nil {
		return -1
	}
	return float64(answer.RTT.Microseconds()) / 1000
}

func (r *room) showPeers() {
	connections := r.node.Network().Conns()
	peers := map[peer.ID]network.Conn{}
	for _, connection := range connections {
		peers[connection.RemotePeer()] = connection
	}
	show("Connected Peers (%d):", len(peers))
	for id, connection := range peers {
		show("- %s (%s ago)", id, ago(connection.Stat().Opened))
	}
	// Who is in the room: connected is not yet subscribed.
	inRoom := []string{}
	for _, id := range r.topic.ListPeers() {
		inRoom = append(inRoom, id.String())
	}
	tell("peers", map[string]any{"room": inRoom, "connected": len(peers)})
}
