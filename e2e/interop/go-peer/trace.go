package main

import (
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

type protocolID = protocol.ID

// Every fault that a router can hold against a peer, and nothing for silence: a room is quiet most of the day.
func scoreParams(topic string) *pubsub.PeerScoreParams {
	return &pubsub.PeerScoreParams{
		AppSpecificScore:          func(peer.ID) float64 { return 0 },
		DecayInterval:             time.Second,
		DecayToZero:               0.01,
		RetainScore:               time.Hour,
		BehaviourPenaltyWeight:    -10,
		BehaviourPenaltyThreshold: 0,
		BehaviourPenaltyDecay:     0.99,
		Topics: map[string]*pubsub.TopicScoreParams{topic: {
			TopicWeight:                    1,
			TimeInMeshQuantum:              time.Second,
			InvalidMessageDeliveriesWeight: -100,
			InvalidMessageDeliveriesDecay:  0.999,
		}},
	}
}

func scoreThresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold: -1e9, PublishThreshold: -1e9, GraylistThreshold: -1e9,
	}
}

func tellScores(scores map[peer.ID]*pubsub.PeerScoreSnapshot) {
	told := map[string]any{}
	for id, snapshot := range scores {
		invalid := 0.0
		for _, topic := range snapshot.Topics {
			invalid += topic.InvalidMessageDeliveries
		}
		told[id.String()] = map[string]any{
			"score": snapshot.Score, "behaviour": snapshot.BehaviourPenalty, "invalid": invalid,
		}
	}
	tell("scores", map[string]any{"peers": told})
}

// Tells of messages on topics that nobody here asked for, and of what was thrown away.
type tracer struct {
	topic string
}

func (t *tracer) RecvRPC(rpc *pubsub.RPC) {
	for _, message := range rpc.GetPublish() {
		if message.GetTopic() != t.topic {
			tell("foreign", map[string]any{"topic": message.GetTopic()})
		}
	}
}

func (t *tracer) RejectMessage(message *pubsub.Message, reason string) {
	tell("rejected", map[string]any{"why": reason, "from": message.ReceivedFrom.String()})
}

func (t *tracer) UndeliverableMessage(message *pubsub.Message) {
	tell("undelivered", map[string]any{"from": message.ReceivedFrom.String()})
}

func (t *tracer) Graft(id peer.ID, topic string) {
	tell("grafted", map[string]any{"peer": id.String(), "topic": topic})
}

func (t *tracer) OnNewOutboundStream(id peer.ID, chosen protocol.ID) {
	tell("gossips", map[string]any{"peer": id.String(), "protocol": string(chosen)})
}

func (t *tracer) OnClosedOutboundStream(peer.ID)   {}
func (t *tracer) Join(string)                      {}
func (t *tracer) Leave(string)                     {}
func (t *tracer) Prune(peer.ID, string)            {}
func (t *tracer) ValidateMessage(*pubsub.Message)  {}
func (t *tracer) DeliverMessage(*pubsub.Message)   {}
func (t *tracer) DuplicateMessage(*pubsub.Message) {}
func (t *tracer) ThrottlePeer(peer.ID)             {}
func (t *tracer) SendRPC(*pubsub.RPC, peer.ID)     {}
func (t *tracer) DropRPC(*pubsub.RPC, peer.ID)     {}
