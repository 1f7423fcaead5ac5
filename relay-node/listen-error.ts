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
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program: stop that program, or set ${name} to another port.`
    case 'EACCES':
      return `Port ${port} may not be opened by this user: set ${name} to a port above 1023.`
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return `HOST ${config.host} is no address of this machine: set HOST to one of its addresses, or to all.`
    default:
      return undefined
  }
}

function nameOfTcp(port: number, { tcpPort, httpsPort }: Config): string {
  if (port === tcpPort) return 'TCP_PORT'
  return port === httpsPort ? 'HTTPS_PORT' : 'PORT'
}
