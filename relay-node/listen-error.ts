import type { Config } from './config.ts'

/**
 * libp2p tells why it cannot listen only in the text of its error, which holds Node's own: `listen`
 * for TCP, `bind` for UDP.
 */
const REASON = /(listen|bind) (E[A-Z]+)[^\n]*?(?::(\d+))?$/m

/** One sentence for the mistakes that people make; nothing for what is no mistake of theirs. */
export function wordListenError(text: string, config: Config): string | undefined {
  const [, call, code, digits] = REASON.exec(text) ?? []
  const port = Number(digits)
  const name = call === 'bind' ? 'STUN_PORT' : nameOfTcp(port, config)
  return code === undefined ? undefined : wordCode(code, port, name, config.host)
}

/** About a port that was tried by itself, and without which there is no start. */
export function wordPortError(code: string, port: number, name: string, host: string): string {
  return (
    wordCode(code, port, name, host) ??
    `${name}: port ${port} cannot be listened on (${code}); off does without it.`
  )
}

/** About one that is done without. */
export function wordPortOff(code: string, port: number, name: string, what: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program, so ${what} is off: stop that program and start this one again, or set ${name} to another port.`
    case 'EACCES':
      return `Port ${port} may not be opened by this user, so ${what} is off: set ${name} to a port above 1023.`
    default:
      return `${name}: port ${port} cannot be listened on (${code}), so ${what} is off.`
  }
}

/** Whether it is not the port that is wrong, but the address: no other port would do. */
export function isAboutHost(code: string): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(code)
}

function wordCode(code: string, port: number, name: string, host: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program: stop that program, or set ${name} to another port.`
    case 'EACCES':
      return `Port ${port} may not be opened by this user: set ${name} to a port above 1023.`
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return `HOST ${host} is no address of this machine: set HOST to one of its addresses, or to all.`
    default:
      return undefined
  }
}

function nameOfTcp(port: number, { tcpPort, httpsPort }: Config): string {
  if (port === tcpPort) return 'TCP_PORT'
  return port === httpsPort ? 'HTTPS_PORT' : 'PORT'
}
