import dgram from 'node:dgram'
import net from 'node:net'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { DEFAULT_RELABEL } from '../../ingest/relabel.ts'
import { Labels } from '../../model/labels.ts'
import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import { startGelfReceiver, type GelfReceiver, type GelfSettings } from './receiver.ts'

const opened: GelfReceiver[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((receiver) => receiver.stop()))
})

async function start(settings: Partial<GelfSettings>) {
  const rows: string[] = []
  let look = (): void => undefined
  const receiver = await startGelfReceiver(
    {
      host: '127.0.0.1',
      port: 0,
      protocol: 'udp',
      labels: Labels.from({ job: 'gelf' }),
      relabel: [
        { ...DEFAULT_RELABEL, sourceLabels: ['__gelf_message_host'], targetLabel: 'host' },
        { ...DEFAULT_RELABEL, sourceLabels: ['__gelf_message_level'], targetLabel: 'level' },
      ],
      usesIncomingTimestamp: true,
      ...settings,
    },
    {
      sink: {
        emit: (labels, timestampNs, line) => {
          rows.push(`${labels.toString()} ${timestampNs} ${new TextDecoder().decode(line)}`)
          look()
        },
        hasRoom: true,
        room: () => Promise.resolve(),
      },
      log: silentLog(),
      registry: createRegistry(),
    },
  )
  opened.push(receiver)
  const arrived = async (count: number): Promise<readonly string[]> => {
    await new Promise<void>((resolve) => {
      look = () => {
        if (rows.length >= count) resolve()
      }
      look()
    })
    return rows
  }
  return { port: receiver.port, arrived }
}

const message = (text: string) =>
  Buffer.from(`{"host":"box","level":3,"timestamp":1700000000.5,"short_message":"${text}"}`)

const row = (text: string, ns = '1700000000500000000') =>
  `{host="box", job="gelf", level="error"} ${ns} {"version":"","host":"box","short_message":"${text}","timestamp":1700000000.5,"level":3}`

it('takes datagrams: plain, compressed, and in chunks', async () => {
  const { port, arrived } = await start({})
  const socket = dgram.createSocket('udp4')
  const whole = gzipSync(message('chunked'))
  const chunk = (number: number, part: Buffer) =>
    Buffer.concat([Buffer.from([0x1e, 0x0f, 1, 2, 3, 4, 5, 6, 7, 8, number, 2]), part])
  const datagrams = [
    Buffer.from('garbage'),
    Buffer.from([0x1f, 0x8b, 1]),
    message('plain'),
    gzipSync(message('gzip')),
    deflateSync(message('zlib')),
    chunk(1, whole.subarray(20)),
    chunk(0, whole.subarray(0, 20)),
  ]
  for (const [at, bytes] of datagrams.entries()) {
    await new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', resolve))
    // One after the other, so that their order is known.
    if (at >= 2 && at <= 4) await arrived(at - 1)
  }
  socket.close()
  expect(await arrived(4)).toEqual(
    ['plain', 'gzip', 'zlib', 'chunked'].map((text, at) => row(text, `170000000050000000${at}`)),
  )
})

it('takes messages over TCP', async () => {
  const { port, arrived } = await start({ protocol: 'tcp' })
  const socket = net.connect({ host: '127.0.0.1', port })
  socket.end(Buffer.concat([message('a'), Buffer.from([0]), message('b'), Buffer.from([0])]))
  expect(await arrived(2)).toEqual([row('a'), row('b', '1700000000500000001')])
})
