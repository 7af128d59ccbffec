import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readPart, SOON, TailKit } from '../tail/testing/tail-kit.ts'

let kit: TailKit
beforeEach(() => {
  kit = new TailKit()
})
afterEach(() => kit.end())

/** A port that nobody listens on, as far as can be known. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Connects as soon as somebody listens. */
async function connect(port: number): Promise<net.Socket> {
  return vi.waitFor(async () => {
    const socket = net.connect({ host: '127.0.0.1', port })
    await once(socket, 'connect')
    return socket
  }, SOON)
}

it('messages of syslog go through the stages of their job', async () => {
  const port = await freePort()
  await kit.start(`
scrape_configs:
  - job_name: network
    syslog:
      listen_address: 127.0.0.1:${port}
      use_incoming_timestamp: true
      labels: {job: network}
    relabel_configs:
      - {source_labels: [__syslog_message_hostname], target_label: host}
    pipeline_stages:
      - multiline: {firstline: '^first', max_wait_time: 1h}
      - drop: {expression: noise}
`)
  const socket = await connect(port)
  const message = (text: string) => `<13>1 2026-11-21T09:59:59Z box app - - - ${text}\n`
  socket.write(message('first noise') + message('first line') + message('second line'))
  socket.write(message('first, held back'))
  await vi.waitFor(() => expect(kit.store.texts).toEqual(['first line\nsecond line']), SOON)
  expect(kit.store.lines[0]?.labels).toEqual({ job: 'network', host: 'box' })
  socket.destroy()
  // What a stage holds back is given on at the end.
  await kit.end()
  expect(kit.store.texts.at(-1)).toBe('first, held back')
})

it('messages of GELF arrive, and wait for a store that is away', async () => {
  const port = await freePort()
  kit.store.mood = 'away'
  await kit.start(`
scrape_configs:
  - job_name: containers
    gelf: {listen_address: '127.0.0.1:${port}', labels: {job: gelf}}
    relabel_configs: [{source_labels: [__gelf_message_host], target_label: host}]
`)
  const socket = dgram.createSocket('udp4')
  await vi.waitFor(async () => {
    // A datagram to nobody is lost, so it is sent until it is seen to have come.
    socket.send('{"host":"box","short_message":"hello"}', port, '127.0.0.1')
    await vi.waitFor(() => expect(kit.store.pushes).toBeGreaterThan(0), { timeout: 500 })
  }, SOON)
  socket.close()
  kit.store.mood = 'good'
  await vi.waitFor(() => expect(kit.store.lines.length).toBeGreaterThan(0), SOON)
  expect(kit.store.lines[0]).toMatchObject({
    labels: { job: 'gelf', host: 'box' },
    line: '{"version":"","host":"box","short_message":"hello","timestamp":0}',
  })
})

it('says what is wrong with a section', () => {
  const faultsOf = (text: string) =>
    readPart(`scrape_configs: [{job_name: a, ${text}}]`, kit.folder).faults.join('\n')
  expect(faultsOf('syslog: {}')).toContain('listen_address must be set')
  expect(faultsOf('syslog: {listen_address: nowhere}')).toContain('must be HOST:PORT')
  expect(faultsOf("syslog: {listen_address: ':1514', listen_protocol: sctp}")).toContain('tcp')
  expect(faultsOf("syslog: {listen_address: ':1514', tls_config: {cert_file: a}}")).toContain(
    'cert_file and key_file must be set',
  )
  expect(faultsOf("syslog: {listen_address: ':1514', lissen: 1}")).toContain('unknown key')
  expect(faultsOf("gelf: {listen_address: ':99999'}")).toContain('must be HOST:PORT')
  expect(faultsOf("syslog: {listen_address: '[::1]:1514'}")).toBe('')
})
