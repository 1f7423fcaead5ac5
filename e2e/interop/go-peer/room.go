package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multihash"
)

type line struct {
	Type      string `json:"type"`
	Content   string `json:"content"`
	Username  string `json:"username"`
	Timestamp int64  `json:"timestamp"`
	From      string `json:"from"`
}

type room struct {
	node     host.Host
	topic    *pubsub.Topic
	username string
	since    time.Time
	mutex    sync.Mutex
	history  []line
}

const historyShown = 10

func roomKey(name string) (cid.Cid, error) {
	hash, err := multihash.Sum([]byte(name), multihash.SHA2_256, -1)
	return cid.NewCidV1(cid.Raw, hash), err
}

func join(ctx context.Context, node host.Host, o options) (*room, error) {
	gossip, err := pubsub.NewGossipSub(ctx, node,
		pubsub.WithMessageSignaturePolicy(pubsub.StrictSign),
		pubsub.WithMessageIdFn(pubsub.DefaultMsgIdFn),
		pubsub.WithGossipSubProtocols(
			[]protocolID{pubsub.GossipSubID_v11, pubsub.GossipSubID_v10}, pubsub.GossipSubDefaultFeatures),
		pubsub.WithGossipSubParams(gossipParams()),
		pubsub.WithFloodPublish(true),
		pubsub.WithPeerExchange(true),
		pubsub.WithMaxMessageSize(1<<20),
		pubsub.WithRawTracer(&tracer{topic: o.topic}),
		// The Go system keeps no score. Here one is kept, and only told: the thresholds are out of reach.
		pubsub.WithPeerScore(scoreParams(o.topic), scoreThresholds()),
		pubsub.WithPeerScoreInspect(tellScores, time.Second),
	)
	if err != nil {
		return nil, err
	}
	if err := gossip.RegisterTopicValidator(o.topic, validate); err != nil {
		return nil, err
	}
	topic, err := gossip.Join(o.topic)
	if err != nil {
		return nil, err
	}
	// By default 32 messages wait for a busy terminal and the others are dropped; a test counts them all.
	subscription, err := topic.Subscribe(pubsub.WithBufferSize(4096))
	if err != nil {
		return nil, err
	}
	r := &room{node: node, topic: topic, username: o.username, since: time.Now()}
	go r.read(ctx, subscription)
	return r, nil
}

// What is not a line of the contract is rejected: it travels no further, and its forwarder pays for it.
func validate(_ context.Context, forwarder peer.ID, message *pubsub.Message) pubsub.ValidationResult {
	var l line
	verdict, why := pubsub.ValidationAccept, ""
	if err := json.Unmarshal(message.Data, &l); err != nil {
		verdict, why = pubsub.ValidationReject, err.Error()
	} else if l.Type != "message" && l.Type != "join" && l.Type != "leave" {
		verdict, why = pubsub.ValidationReject, "unknown type"
	} else if l.Username == "" {
		verdict, why = pubsub.ValidationReject, "no username"
	} else if l.Timestamp == 0 {
		verdict, why = pubsub.ValidationReject, "no timestamp"
	}
	tell("validated", map[string]any{
		"accepted": verdict == pubsub.ValidationAccept, "why": why, "type": l.Type, "content": l.Content,
		"author": message.GetFrom().String(), "forwarder": forwarder.String(), "bytes": len(message.Data),
	})
	return verdict
}

func (r *room) read(ctx context.Context, subscription *pubsub.Subscription) {
	for {
		message, err := subscription.Next(ctx)
		if err != nil {
			return
		}
		var l line
		if err := json.Unmarshal(message.Data, &l); err != nil {
			continue
		}
		if l.Type == "message" {
			r.mutex.Lock()
			r.history = append(r.history, l)
			r.mutex.Unlock()
		}
		if message.GetFrom() == r.node.ID() {
			continue
		}
		at := time.Unix(l.Timestamp, 0).Format("15:04:05")
		if l.Type == "message" {
			show("[%s] %s: %s", at, l.Username, l.Content)
		} else {
			show("*** %s (at %s)", l.Content, at)
		}
	}
}

func (r *room) say(kind, content string) {
	bytes, err := json.Marshal(line{
		Type: kind, Content: content, Username: r.username, Timestamp: time.Now().Unix(), From: r.node.ID().String(),
	})
	if err == nil {
		err = r.topic.Publish(context.Background(), bytes)
	}
	if err != nil {
		show("Failed to send: %v", err)
	}
}

func (r *room) showHistory() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	show("Recent messages:")
	for _, l := range r.history[max(0, len(r.history)-historyShown):] {
		show("[%s] %s (%s ago)", l.Username, l.Content, ago(time.Unix(l.Timestamp, 0)))
	}
}

func ago(then time.Time) string {
	return fmt.Sprint(time.Since(then).Round(time.Second))
}
