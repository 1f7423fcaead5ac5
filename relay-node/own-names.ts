import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { domainToASCII } from 'node:url'
import { multiaddr } from '@multiformats/multiaddr'

/** What a certificate of this machine has to name, and what it names if it is made anyway. */
export interface OwnNames {
  readonly needed: readonly string[]
  /** IPv6 addresses come and go by the day, and a container's name with the container. */
  readonly also: readonly string[]
}

/** Made by programs for themselves: nobody else on the network reaches them. */
const VIRTUAL = /^(docker|br-|veth|virbr|cni|podman|lxc|vmnet|vboxnet|tun|tap|wg|utun|zt|tailscale)/
const HOST_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i

/** @param announce the multiaddrs of `ANNOUNCE` */
export function ownNames(announce: readonly string[]): OwnNames {
  const own = hostname().toLowerCase()
  const names = own.includes('.') ? [own] : [own, `${own}.local`]
  const ip6 = addressesOf('IPv6')
    .filter(({ address }) => !address.includes('%'))
    .map(({ address }) => address)
  return {
    needed: [
      'localhost',
      '127.0.0.1',
      ...announcedHosts(announce),
      ...addressesOf('IPv4').map(({ address }) => address),
    ],
    also: ['::1', ...names.filter((name) => HOST_NAME.test(name)), ...ip6],
  }
}

/** The IPv4 address at which others on the network most likely reach this machine. */
export function lanAddress(announce: readonly string[]): string | undefined {
  const announced = announcedHosts(announce).find((host) => /^[\d.]+$/.test(host))
  if (announced !== undefined) return announced
  const rank = (name: string): number => (VIRTUAL.test(name) ? 1 : 0)
  const [first] = addressesOf('IPv4').sort((a, b) => rank(a.name) - rank(b.name))
  return first?.address
}

function announcedHosts(announce: readonly string[]): readonly string[] {
  return announce.flatMap((address) => {
    const host = multiaddr(address).getComponents()[0]?.value ?? ''
    // A certificate has names such as bücher.example in ASCII; an IPv6 address is none, and stays.
    return isIP(host) === 0 ? domainToASCII(host) || [] : [host]
  })
}

function addressesOf(family: 'IPv4' | 'IPv6'): { name: string; address: string }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter((each) => each.family === family && !each.internal)
      .map(({ address }) => ({ name, address })),
  )
}
