import type { Fault } from '../doctor.ts'
import { enScreen } from './en-screen.ts'
import { bytes, duration } from './en-numbers.ts'

/** What measurements prove to be wrong, and what to do about it. */
export function fault(why: Fault): { readonly what: string; readonly remedy: string } {
  switch (why.kind) {
    case 'offline':
      return {
        what: 'This device has no network.',
        remedy: 'Switch Wi-Fi or mobile data on. What you write is kept and goes out by itself.',
      }
    case 'relay-down':
      return {
        what: `The relay-node at ${why.host} is down.`,
        remedy: why.others
          ? 'Another relay-node serves you, so nothing is lost. If it is yours, start it again.'
          : 'Direct links go on without it, but new people cannot be found. If it is yours, start it again; else open the chat at another address, or wait: it is tried again by itself.',
      }
    case 'websocket-blocked':
      return {
        what: `WebSocket is blocked: ${why.host} answers by HTTP, but opens no WebSocket.`,
        remedy: `${why.others ? 'Another relay-node serves you meanwhile. ' : ''}Something in between (a proxy, a firewall, an extension) refuses it: allow WebSocket to ${why.host} there, use https, or use another network.`,
      }
    case 'no-relay-node':
      return {
        what: `What answers at ${why.host} is no relay-node, or one of another kind.`,
        remedy:
          'A login page, a proxy or another program may stand in its place: sign in there, use another network, or ask whoever runs it. What you write is kept meanwhile.',
      }
    case 'not-let-in':
      return {
        what: `The relay-node at ${why.host} answers, but keeps no connection to this device.`,
        remedy:
          'It is full, or you have only just come: it is tried again by itself, and what you write is kept until then. If it is yours, raise MAX_CONNECTIONS, of which one address gets at most half.',
      }
    case 'no-place':
      return {
        what: 'No relay-node holds a place for you, so others cannot dial you.',
        remedy:
          'It is full, or has just begun: wait a minute. If it is yours, raise MAX_RESERVATIONS.',
      }
    case 'no-webrtc':
      return {
        what: 'This browser has no WebRTC.',
        remedy:
          'Messages arrive through the relay. For direct links use another browser, or allow WebRTC in its settings.',
      }
    case 'udp-blocked':
      return {
        what: 'UDP is blocked: no STUN server answered.',
        remedy: why.turn
          ? 'Direct links go through TURN instead. To do without it, allow outgoing UDP in the firewall, or to the browser.'
          : 'Messages arrive through the relay. For direct links allow outgoing UDP in the firewall, or to the browser, use another network, or configure TURN at the relay-node.',
      }
    case 'no-stun':
      return {
        what: 'No STUN server is configured, so direct links work within one network only.',
        remedy:
          'Messages arrive through the relay. If the relay-node is yours, switch its STUN on (STUN_PORT) and open that UDP port.',
      }
    case 'symmetric-nat':
      return {
        what: 'This network has a symmetric NAT: others cannot be told where to reach you.',
        remedy: why.turn
          ? 'TURN makes up for it.'
          : 'Messages arrive through the relay. For direct links use another network, or configure TURN at the relay-node.',
      }
    case 'clock-off':
      return {
        what: `The clock of this device is ${duration(Math.abs(why.behindMs))} ${why.behindMs > 0 ? 'behind' : 'ahead'}.`,
        remedy: 'Messages are dated by the others’ clocks; set this one right when you can.',
      }
    case 'clock-differs':
      return {
        what: `The relay-node’s clock is ${duration(Math.abs(why.aheadMs))} ${why.aheadMs > 0 ? 'ahead of' : 'behind'} this device’s: one of them is wrong.`,
        remedy:
          'Messages are dated by this device’s clock: set it right if it is this one, else tell whoever runs the relay-node.',
      }
    case 'quota-full':
      return {
        what: `Storage is full: this device keeps nothing more${why.usedBytes === undefined ? '' : `, with ${bytes(why.usedBytes)} used here`}.`,
        remedy:
          'Forget old messages with /clear 30, save rooms with /export before, or free space on the disk.',
      }
    case 'not-archived':
      return {
        what: `A relay-node keeps nothing new in its archive: ${enScreen.refusal(why.refusal)}.`,
        remedy:
          'What is said reaches whoever is here, and is kept on their devices; who comes later gets it from them. If the relay-node is yours, its /health and its lines say more.',
      }
    case 'version-mismatch':
      return {
        what: `Here is version ${why.page}, the relay-node serves ${why.relay}.`,
        remedy: 'Reload the page, or update this program, to get the same one.',
      }
  }
}
