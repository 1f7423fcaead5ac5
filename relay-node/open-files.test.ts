import { connect } from 'node:net'
import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from './config.ts'
import { openFilesMax, withinOpenFiles } from './open-files.ts'
import { relayProcess, temporaryFolder } from './test-relay.ts'

function configFor(connections: number) {
  const configured = readConfig({ MAX_CONNECTIONS: String(connections) }, '/')
  if (!configured.ok) throw new Error(configured.complaints.join(' '))
  return configured.config
}

test('as many connections as were asked for, where there are files for them', () => {
  expect(withinOpenFiles(configFor(2_048), 8_320)).toEqual({ config: configFor(2_048) })
  expect(withinOpenFiles(configFor(2_048), undefined)).toEqual({ config: configFor(2_048) })
  expect(withinOpenFiles(configFor(2_048), 1_024).config.maxConnections).toBe(224)
  expect(withinOpenFiles(configFor(2_048), 20).config.maxConnections).toBe(1)
  expect(withinOpenFiles(configFor(2_048), 256).config).toMatchObject({
    maxConnections: 32,
    maxReservations: 32,
  })
})

test.runIf(openFilesMax() !== undefined)(
  'one address cannot take all files, and the start says how many connections there are files for',
  async () => {
    const relay = relayProcess(await temporaryFolder(), {}, 'ulimit -n 512')
    const lines = await relay.lines
    const port = Number(/^Open .*:(\d+)$/.exec(lines.at(-1) ?? '')?.[1])
    const sockets = Array.from({ length: 600 }, () => connect(port, '127.0.0.1'))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
    })
    for (const socket of sockets) socket.on('error', () => undefined)
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
    )
    const status = await new Promise((resolve, reject) => {
      // Somebody elsewhere.
      const asked = { host: '127.0.0.1', localAddress: '127.0.0.2', port, path: '/health' }
      request(asked, (response) => {
        resolve(response.resume().statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
    relay.child.kill('SIGTERM')
    const { stderr } = await relay.ended
    expect(stderr).toMatch(
      /^This process may open 512 files, which is enough for 96 connections .*\n$/,
    )
  },
)
