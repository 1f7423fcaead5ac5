import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type Browser, chromium } from '@playwright/test'
import { CHROMIUM_ARGS } from '../chromium.ts'
import { namespaceName, removeNamespaces, runOrThrow, sweepNamespaces } from './namespaces.ts'

/**
 * `cone`: one's port stays the same for everybody one talks to, and only they may answer.
 * `symmetric`: another port for each of them, which nobody can foretell.
 * `no-udp`: a cone that lets no UDP out.
 */
export type Nat = 'cone' | 'symmetric' | 'no-udp'

/** Of the documentation range, which the page takes for public. */
export const PUBLIC = ['203.0.113.10', '203.0.113.11', '203.0.113.12'] as const

const SIDES = ['a', 'b'] as const
type Side = (typeof SIDES)[number]

/**
 * ```
 *  home-a ── nat-a ══╗
 *  10.1.0.2  203.0.113.2   public: relay-nodes, TURN
 *                    ╠══   203.0.113.10 …
 *  home-b ── nat-b ══╝
 *  10.2.0.2  203.0.113.3
 * ```
 * Nothing of it reaches the machine's own network.
 */
export class Lab {
  readonly #folder: string
  readonly #browsers: Browser[] = []

  private constructor(folder: string) {
    this.#folder = folder
  }

  static build(nats: Readonly<Record<Side, Nat>>): Lab {
    sweepNamespaces()
    const lab = new Lab(mkdtempSync(join(tmpdir(), 'p2p-chat-lab-')))
    try {
      for (const place of PLACES) runOrThrow(['ip', 'netns', 'add', namespaceName(place)])
      layPublic()
      for (const side of SIDES) layHome(side, nats[side])
    } catch (error) {
      removeNamespaces(PLACES.map(namespaceName))
      throw error
    }
    return lab
  }

  /** What to put before a command that is to run there. */
  static within(place: Place): readonly string[] {
    return ['ip', 'netns', 'exec', namespaceName(place)]
  }

  /** Changes the rules of a NAT for what begins from now on. */
  setNat(side: Side, nat: Nat): void {
    inside(`nat-${side}`, ['nft', '-f', '-'], `flush ruleset\n${rulesOf(nat)}`)
  }

  static homeOf(side: Side): string {
    return `10.${SIDES.indexOf(side) + 1}.0.2`
  }

  /** Pulls a home's cable: nothing passes, and nobody is told. */
  cut(side: Side): void {
    ip('public', `link set to-${side} nomaster`)
  }

  mend(side: Side): void {
    ip('public', `link set to-${side} master net`)
  }

  /**
   * A browser at home, driven through a pipe: it needs no network of ours.
   * @param origins taken for secure contexts, as https would be
   */
  async browser(side: Side, origins: readonly string[]): Promise<Browser> {
    const program = join(this.#folder, `chromium-${side}`)
    const real = process.env['CHROMIUM_PATH'] ?? chromium.executablePath()
    const prefix = Lab.within(`home-${side}`).join(' ')
    writeFileSync(program, `#!/bin/sh\nexec ${prefix} '${real}' "$@"\n`)
    chmodSync(program, 0o755)
    const browser = await chromium.launch({
      executablePath: program,
      // Root, as the whole lab.
      chromiumSandbox: false,
      args: [...CHROMIUM_ARGS, `--unsafely-treat-insecure-origin-as-secure=${origins.join(',')}`],
    })
    this.#browsers.push(browser)
    return browser
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#browsers.map((browser) => browser.close()))
    removeNamespaces(PLACES.map(namespaceName))
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const PLACES = ['public', 'nat-a', 'nat-b', 'home-a', 'home-b'] as const
type Place = (typeof PLACES)[number]

function inside(place: Place, command: readonly string[], input = ''): void {
  runOrThrow(['ip', 'netns', 'exec', namespaceName(place), ...command], input)
}

function ip(place: Place, ...lines: readonly string[]): void {
  runOrThrow(['ip', '-n', namespaceName(place), '-batch', '-'], `${lines.join('\n')}\n`)
}

/** A bridge that holds the servers' addresses itself. */
function layPublic(): void {
  ip(
    'public',
    'link set lo up',
    'link add net type bridge',
    'link set net up',
    ...PUBLIC.map((address) => `address add ${address}/24 dev net`),
  )
}

function layHome(side: Side, nat: Nat): void {
  const number = SIDES.indexOf(side) + 1
  const router = namespaceName(`nat-${side}`)
  ip('public', `link add to-${side} type veth peer name out netns ${router}`)
  ip('public', `link set to-${side} master net`, `link set to-${side} up`)
  ip(`home-${side}`, 'link set lo up', `link add lan type veth peer name lan netns ${router}`)
  ip(
    `nat-${side}`,
    'link set lo up',
    'link set out up',
    'link set lan up',
    `address add 203.0.113.${number + 1}/24 dev out`,
    `address add 10.${number}.0.1/24 dev lan`,
  )
  ip(
    `home-${side}`,
    'link set lan up',
    `address add 10.${number}.0.2/24 dev lan`,
    `route add default via 10.${number}.0.1`,
  )
  inside(`nat-${side}`, ['sysctl', '-qw', 'net.ipv4.ip_forward=1'])
  inside(`nat-${side}`, ['nft', '-f', '-'], rulesOf(nat))
}

/**
 * Linux keeps the port in `masquerade` where it can, which makes a cone of it; it cannot where an
 * uninvited packet was let in before (it holds the place), so `input` drops those, as routers do.
 */
function rulesOf(nat: Nat): string {
  return `table ip lab {
  chain out {
    type nat hook postrouting priority srcnat
    oifname "out" masquerade ${nat === 'symmetric' ? 'random,fully-random' : ''}
  }
  chain input {
    type filter hook input priority filter; policy drop
    ct state established,related accept
    iifname "lan" accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop
    ${nat === 'no-udp' ? 'meta l4proto udp reject' : ''}
    ct state established,related accept
    iifname "lan" accept
  }
}
`
}
