import { expect, test } from 'vitest'
import { systemRuntime } from '../shared/runtime.ts'
import { OwnCertificate } from './certificate.ts'
import { ownNames } from './own-names.ts'
import { temporaryFolder } from './test-relay.ts'

test.each([
  ['/dns4/bücher.example/tcp/443/wss', 'xn--bcher-kva.example'],
  ['/dns4/Chat.example/tcp/443/wss', 'chat.example'],
  ['/ip6/2001:db8::1/tcp/4001', '2001:db8::1'],
  ['/ip4/203.0.113.7/tcp/4001', '203.0.113.7'],
])(
  'the certificate names what %s announces, and is not made anew each time',
  async (address, name) => {
    const dataDir = await temporaryFolder()
    const names = () => ownNames([address])
    expect(names().needed).toContain(name)
    const options = { dataDir, names, clock: systemRuntime().clock, tell: () => undefined }
    const first = await new OwnCertificate(options).load()
    expect((await new OwnCertificate(options).load()).pem).toBe(first.pem)
  },
)
