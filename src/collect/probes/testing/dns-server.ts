import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { ByteWriter } from '../../../formats/byte-writer.ts'
import { DnsReader } from '../../../formats/dns/dns-reader.ts'
import { encodeUtf8 } from '../../../formats/text-codec.ts'

/** A record that the server has. */
export type FakeRecord =
  | { readonly type: 1; readonly address: string }
  | { readonly type: 28; readonly groups: readonly number[] }
  | { readonly type: 2 | 5; readonly name: string }
  | { readonly type: 6; readonly serial: number }
  | { readonly type: 15; readonly preference: number; readonly name: string }
  | { readonly type: 16; readonly text: string }
  | { readonly type: 33; readonly port: number; readonly name: string }

export interface FakeZone {
  /** By name with its dot; a name that is not there is NXDOMAIN. */
  records: Readonly<Record<string, readonly FakeRecord[]>>
  /** Instead of an answer: 2 is SERVFAIL. */
  rcode?: number
  /** No answer at all. */
  isSilent?: boolean
}

export interface FakeDnsServer {
  readonly port: number
  readonly zone: FakeZone
  close(): Promise<void>
}

/** A DNS server of 127.0.0.1, over UDP and TCP on the same port. */
export async function startDnsServer(zone: FakeZone): Promise<FakeDnsServer> {
  const tcp = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      const answer = answerTo(bytes.subarray(2), zone)
      if (answer === undefined) return
      const length = Buffer.alloc(2)
      length.writeUInt16BE(answer.length)
      socket.write(Buffer.concat([length, answer]))
    })
  })
  tcp.listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const place = tcp.address()
  const port = typeof place === 'object' && place !== null ? place.port : 0
  const udp = createSocket('udp4')
  udp.on('message', (bytes, from) => {
    const answer = answerTo(bytes, zone)
    if (answer !== undefined) udp.send(answer, from.port, from.address)
  })
  udp.bind(port, '127.0.0.1')
  await once(udp, 'listening')
  return {
    port,
    zone,
    close: async () => {
      udp.close()
      tcp.close()
      await once(tcp, 'close')
    },
  }
}

function answerTo(query: Uint8Array, zone: FakeZone): Uint8Array | undefined {
  if (zone.isSilent === true) return undefined
  const reader = new DnsReader(query)
  const id = reader.uint16()
  reader.skip(10)
  const name = reader.name()
  const type = reader.uint16()
  const all = zone.records[name.toLowerCase()]
  const found = (all ?? []).filter((each) => each.type === type || type === 255)
  const out = new ByteWriter(512)
  uint16(out, id)
  uint16(out, 0x8180 | (zone.rcode ?? (all === undefined ? 3 : 0)))
  const answers = zone.rcode === undefined ? found : []
  for (const count of [1, answers.length, 0, 0]) uint16(out, count)
  writeName(out, name)
  uint16(out, type)
  uint16(out, 1)
  for (const record of answers) {
    // The name of the question, by a pointer to it.
    uint16(out, 0xc00c)
    uint16(out, record.type)
    uint16(out, 1)
    out.bytes(Uint8Array.of(0, 0, 1, 44))
    const data = dataOf(record)
    uint16(out, data.length)
    out.bytes(data)
  }
  return out.finish().slice()
}

function dataOf(record: FakeRecord): Uint8Array {
  const out = new ByteWriter(64)
  switch (record.type) {
    case 1:
      out.bytes(Uint8Array.from(record.address.split('.'), Number))
      break
    case 28:
      for (const group of record.groups) uint16(out, group)
      break
    case 2:
    case 5:
      writeName(out, record.name)
      break
    case 6:
      writeName(out, 'ns.example.org.')
      writeName(out, 'admin.example.org.')
      for (const value of [record.serial, 7200, 3600, 86_400, 60]) {
        uint16(out, value >>> 16)
        uint16(out, value & 0xffff)
      }
      break
    case 15:
      uint16(out, record.preference)
      writeName(out, record.name)
      break
    case 16:
      out.byte(encodeUtf8(record.text).length)
      out.bytes(encodeUtf8(record.text))
      break
    case 33:
      uint16(out, 10)
      uint16(out, 5)
      uint16(out, record.port)
      writeName(out, record.name)
      break
    default:
      throw new Error(`no data of ${String(record satisfies never)}`)
  }
  return out.finish().slice()
}

function writeName(out: ByteWriter, name: string): void {
  for (const label of name.split('.').filter(Boolean)) {
    out.byte(label.length)
    out.bytes(encodeUtf8(label))
  }
  out.byte(0)
}

function uint16(out: ByteWriter, value: number): void {
  out.byte(value >>> 8)
  out.byte(value & 0xff)
}
