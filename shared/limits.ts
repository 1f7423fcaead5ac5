/** Numbers that are the same on all peers (PROTOCOL.md). Each has a unit and a reason. */

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

/** A line is one pubsub payload; 16 KiB keeps a burst of 200 under gossipsub's 1 MiB RPC many times over. */
export const LINE_MAX_BYTES = 16 * 1024
/** Longest `content`, in code points, not UTF-16 units: an emoji counts once. */
export const CONTENT_MAX_POINTS = 4_000
/** A name on the wire may come from the Go system; this only bounds what we parse. */
export const USERNAME_MAX_BYTES = 1_024
/** A name on the screen, in graphemes. */
export const NAME_MAX_GRAPHEMES = 32
/** A live frame: presence with eight addresses fits in 2 KiB; four times that is the limit. */
export const LIVE_MAX_BYTES = 8 * 1024

/** Clocks of honest devices differ by seconds; two minutes is generous. */
export const FUTURE_MAX_MS = 120 * SECOND_MS
/**
 * One's own stamps are at most so far ahead of one's own clock, whatever others' are: less than
 * others accept by as much as honest clocks differ.
 */
export const STAMP_AHEAD_MAX_MS = FUTURE_MAX_MS - 60 * SECOND_MS
/** What is older is kept but no longer forwarded: replay of old lines must not load the mesh. */
export const FORWARD_MAX_AGE_MS = 10 * MINUTE_MS
/** 2024-12-01, ms since 1970: before this program was written, so no right clock shows less. */
export const NO_CLOCK_BEFORE_MS = 1_733_011_200_000
/** Local clocks that are off by less are left alone. */
export const CLOCK_TOLERANCE_MS = 60 * SECOND_MS

/** Author bucket at the gate. Our own clients pace themselves at half of it. */
export const AUTHOR_BURST_LINES = 200
export const AUTHOR_LINES_PER_SECOND = 25
export const AUTHOR_BURST_BYTES = 256 * 1024
export const AUTHOR_BYTES_PER_SECOND = 32 * 1024
/** How our own clients pace what they publish. */
export const OWN_BURST_LINES = 100
export const OWN_LINES_PER_SECOND = 10
/** Live frames of one author. */
export const LIVE_PER_SECOND = 5
export const LIVE_BURST = 10
/** Bound of every map keyed by what strangers send. */
export const STRANGERS_MAX = 4_096

/** Go timestamps beyond this would leave the safe integers as µs (9·10¹⁵ < 2⁵³). */
export const TIMESTAMP_MAX_S = 9_000_000_000
export const CLOCK_MAX_US = TIMESTAMP_MAX_S * 1_000_000 + 999_999

/** Presence: fast while things change, then slow; see PROTOCOL.md. */
export const HERE_FAST_MS = 1 * SECOND_MS
export const HERE_FAST_FOR_MS = 10 * SECOND_MS
/** Never faster than this, whoever comes: others take five a second. */
export const HERE_MIN_MS = 300
export const HERE_SLOW_MS = 10 * SECOND_MS
export const HERE_JITTER = 0.2
/** A room of n > 20 sends `here` every n/2 s, so presence costs about two messages a second. */
export const HERE_CROWD = 20
export const HERE_FORGET_PERIODS = 2.5
export const HERE_ADDRESSES_MAX = 8
/** A relay lists at most so many silent subscribers. */
export const SEES_MAX = 32
/** A subscriber without a `here` for so long is taken for a peer of the Go system. */
export const SILENT_SUBSCRIBER_MS = 15 * SECOND_MS

/** `typing` is said at most so often while somebody writes. */
export const TYPING_EVERY_MS = 3 * SECOND_MS
/** Shown for so long after the last word of it: one frame may be lost, and two take their time. */
export const TYPING_FOR_MS = 7 * SECOND_MS
/** More who write at once are not told apart by anybody. */
export const TYPISTS_MAX = 8
/** What somebody says about being away, in graphemes. */
export const AWAY_MAX_GRAPHEMES = 80
/** What a room is about, in graphemes. */
export const TOPIC_MAX_GRAPHEMES = 200
/** Those who set a topic last, one word of each: so many may be blocked, and another's still stands. */
export const TOPICS_MAX = 8
/** Acquaintances that an installation remembers: about 100 bytes each. */
export const MET_MAX = 500
/** Names that one key went by, the last first. */
export const MET_NAMES_MAX = 4
/** Who has spoken in a room, for completion. */
export const SPEAKERS_MAX = 1_000
/** Nobody blocks more by hand; what a disk holds may be anything. */
export const BLOCKED_MAX = 1_000

/** What is on one's disk is told at most so often. */
export const HAS_EVERY_MS = 2 * SECOND_MS
/** About 85 bytes each: a `has` frame stays under 6 KiB. */
export const HAS_LOGS_MAX = 64
/** Authors of whom an archive keeps no more, in one frame: 64 logs and they stay under 7 KiB. */
export const HAS_UNKEPT_MAX = 16
/** In rooms of more people only archives tell what they hold. */
export const HAS_CROWD = 32
/** Where there is no archive, what a sync brought is passed on within so long: a few messages a second. */
export const HAS_CROWD_SPREAD_MS = 10 * SECOND_MS

/** `join` for Go peers: at most once in so long per room and installation. */
export const JOIN_EVERY_MS = 60 * MINUTE_MS

/** Each direct link is an RTCPeerConnection; 12 keeps a phone cool and the mesh (D = 4…6) whole. */
export const DIRECT_LINKS_MAX = 12
/** In a bigger room so many are sought, and the other places are for those who seek us: no knocking at full doors. */
export const DIRECT_LINKS_SOUGHT = 8
/** The lower peer id dials; the other tries after this. */
export const DIAL_PATIENCE_MS = 5 * SECOND_MS

export const ROOM_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
export const DEFAULT_ROOM = 'p2p-chat-default'
export const DHT_PROTOCOL = '/p2p-chat/kad/1.0.0'
/** A node that registers this is a relay-node: never counted as a person. */
export const RELAY_PROTOCOL = '/p2p-chat/relay/1'

/** The unit of the sums that stores keep: an hour of a busy room is a few hundred entries to read. */
export const HOUR_US = 60 * MINUTE_MS * 1_000
/** So much of an id names an entry between peers: 2^64 work to make two that share it. */
export const SHORT_ID_BYTES = 16

/** A sync frame: about 2,500 fingerprints or 4,000 ids, and one read of a stream. */
export const SYNC_FRAME_MAX_BYTES = 64 * 1024
/** Into so many a range is split: of 8, 16 and 32 the fewest bytes at a million entries. */
export const SYNC_PARTS = 16
/** What a range of so many holds is listed: a further split would cost as much. */
export const SYNC_LEAF_IDS = 16
/** Frames of ranges that one turn may take: 512 KiB, a healed partition of some 20,000 entries. */
export const SYNC_TURN_FRAMES = 8
/** Turns of one reconciliation; a million entries take 6. */
export const SYNC_ROUNDS_MAX = 32
/** What a session may move; a phone shows them while the next session runs. */
export const SYNC_SESSION_ENTRIES = 2_000
export const SYNC_SESSION_BYTES = 8 * 1024 * 1024
/** With an archive, which serves what nobody else has. */
export const SYNC_ARCHIVE_ENTRIES = 20_000
export const SYNC_ARCHIVE_BYTES = 64 * 1024 * 1024
/** A partner that is silent for so long is gone or stalls. */
export const SYNC_IDLE_MS = 15 * SECOND_MS
export const SYNC_WHOLE_MS = 120 * SECOND_MS
/** Sessions that others open to us: one peer has a few rooms; an archive has many peers. */
export const SYNC_INBOUND_PER_PEER = 3
export const SYNC_INBOUND_MAX = 8
export const SYNC_INBOUND_MAX_ARCHIVE = 64
/** Of one peer; rooms it asks for in vain count as well. */
export const SYNC_HELLOS_PER_SECOND = 4
/** New entries by the partner itself, a minute: twice what gossip would let it say in bursts. */
export const SYNC_PARTNER_OWN_PER_MINUTE = 500
/** What is synced first: two days, or enough to scroll for a while, whichever reaches further back. */
export const SYNC_WINDOW_US = 48 * HOUR_US
export const SYNC_WINDOW_ENTRIES = 2_000
/** Members of a room do not all greet a new one at once. */
export const SYNC_JITTER_MS = 2 * SECOND_MS
export const SYNC_SAME_PEER_EVERY_MS = 1 * MINUTE_MS
/** A hole or an unknown target may be on its way by gossip. */
export const SYNC_HOLE_PATIENCE_MS = 2 * SECOND_MS
/** So many unknown parents are watched for; more of them are a liar's. */
export const SYNC_HOLES_MAX = 256
/** Sessions of one room that fetch at the same time; more would fetch the same twice. */
export const SYNC_AT_ONCE = 2
/** A session that takes longer gives up its place: who stalls must not keep others from being asked. */
export const SYNC_PLACE_MS = 5 * SECOND_MS
/** From then on a turn of a session must bring a KiB a second, or its sender only keeps us busy. */
export const SYNC_SLOW_AFTER_MS = 10 * SECOND_MS
export const SYNC_SLOW_BYTES_PER_SECOND = 1_024
/** Rooms that a peer may ask for in vain, a minute: each costs a hash for every room here. */
export const SYNC_STRANGE_TAGS_PER_MINUTE = 16
/** With one random member, whatever happens: what no trigger caught is found. */
export const SYNC_EVERY_MS = 5 * MINUTE_MS
/** Whoever opens a stream has something to say. */
export const SYNC_FIRST_FRAME_MS = 5 * SECOND_MS
/** Somebody has told of something that is missing here: soon, but not in a tight loop. */
export const SYNC_URGENT_EVERY_MS = 3 * SECOND_MS
/** A partner that lies, withholds or hands over what does not verify is left alone for so long. */
export const SYNC_SHUNNED_MS = 10 * MINUTE_MS
