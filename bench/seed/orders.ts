import type { Link } from '../../shared/network.ts'

export interface Shown {
  readonly text: string
  /** Wall time, ms with fractions. */
  readonly at: number
  readonly times: number
}

export interface Kept {
  readonly text: string
  readonly name: string
  /** µs */
  readonly clock: number
}

export interface Usage {
  /** bytes */
  readonly rss: number
  readonly cpuMs: number
  readonly at: number
}

/** What a headless peer can be told to do. */
export interface Orders {
  name(): Promise<string>
  /** Wall time when it was said. */
  say(text: string): Promise<number>
  shown(): Promise<readonly Shown[]>
  history(): Promise<readonly Kept[]>
  people(): Promise<readonly string[]>
  links(): Promise<readonly Link[]>
  /** Where others on the LAN can dial it. */
  address(): Promise<string | undefined>
  dial(address: string): Promise<boolean>
  ping(peer: string): Promise<number | undefined>
  usage(): Promise<Usage>
  quit(): Promise<void>
}

export interface Order {
  readonly id: number
  readonly name: keyof Orders
  readonly argument?: string
}
