import { spawnSync } from 'node:child_process'
import process from 'node:process'

/** Names carry the process that made them, so that what a crashed run left can be told from a running one's. */
const PREFIX = 'p2pchat-'
const OURS = /^p2pchat-(\d+)-/

/** A network namespace of this process. */
export function namespaceName(place: string): string {
  return `${PREFIX}${process.pid}-${place}`
}

/** Runs a program to its end; throws what it complained about. */
export function runOrThrow(command: readonly [string, ...string[]], input = ''): string {
  const [program, ...args] = command
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr.trim() || stdout.trim()}`)
  return stdout
}

/** Removes namespaces with all that runs in them: a process keeps a nameless one alive otherwise. */
export function removeNamespaces(names: readonly string[]): void {
  for (const name of names) {
    for (const pid of runOrThrow(['ip', 'netns', 'pids', name]).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    runOrThrow(['ip', 'netns', 'delete', name])
  }
}

/** Removes what runs that are over have left. */
export function sweepNamespaces(): void {
  removeNamespaces(
    runOrThrow(['ip', 'netns', 'list'])
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '')
      .filter((name) => {
        const maker = OURS.exec(name)?.[1]
        return maker !== undefined && !isRunning(Number(maker))
      }),
  )
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** One sentence if this machine cannot hold the lab; found out by trying the smallest one. */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const name = namespaceName('trial')
  const inside = ['ip', 'netns', 'exec', name] as const
  let made = false
  try {
    sweepNamespaces()
    runOrThrow(['ip', 'netns', 'add', name])
    made = true
    runOrThrow(['ip', '-n', name, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far'])
    runOrThrow(['ip', '-n', name, 'link', 'add', 'net', 'type', 'bridge'])
    runOrThrow([...inside, 'nft', '-f', '-'], NAT_TRIAL)
    runOrThrow([...inside, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'])
    return undefined
  } catch (error) {
    return (error as Error).message
  } finally {
    if (made) removeNamespaces([name])
  }
}

const NAT_TRIAL = `table ip trial {
  chain out { type nat hook postrouting priority srcnat; oifname "near" masquerade fully-random; }
}`
