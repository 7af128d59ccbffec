import { closeSync, openSync, writeSync } from 'node:fs'
import { compressSync } from 'snappy'
import { ByteWriter } from '../src/formats/byte-writer.ts'

/** How a push is written: as curl and the libraries of programs do, or as Promtail, Alloy and Fluent Bit. */
export type PushForm = 'json' | 'protobuf'

export interface LogDataOptions {
  readonly lines: number
  readonly streams: number
  readonly form: PushForm
  /** Of the first line and between two lines, Unix nanoseconds. */
  readonly startNs: bigint
  readonly stepNs: bigint
  /** Takes the lines as plain text. */
  readonly textPath?: string
}

/** Push requests in a file, one behind the other: made before anything is measured, so that senders cost next to nothing. */
export interface PushFile {
  /** Where each request ends. */
  readonly ends: readonly number[]
  /** Bytes of the text of lines in each. */
  readonly textBytes: readonly number[]
}

export const NEEDLE = 'b5e1c0de-0000-4000-8000-feedfacecafe'
const PER_PUSH = 5000
const PATHS = ['/api/v1/users', '/api/v1/orders', '/health', '/login', '/api/v1/items', '/assets']
const LEVELS = ['info', 'info', 'info', 'info', 'info', 'info', 'debug', 'warn', 'error']

/** Writes the requests of `lines` lines. Two runs write the same lines. */
export function writePushes(path: string, options: LogDataOptions): PushFile {
  const random = createRandom()
  const ends: number[] = []
  const textBytes: number[] = []
  const file = openSync(path, 'w')
  const textFile = options.textPath === undefined ? undefined : openSync(options.textPath, 'w')
  let end = 0
  for (let first = 0; first < options.lines; first += PER_PUSH) {
    const streams = new Map<number, [bigint, string][]>()
    const texts: string[] = []
    let bytes = 0
    for (let k = first; k < Math.min(options.lines, first + PER_PUSH); k++) {
      const line = makeLine(k, options.lines, random)
      bytes += line.length
      texts.push(line)
      const stream = random(options.streams)
      const entries = streams.get(stream) ?? []
      streams.set(stream, entries)
      entries.push([options.startNs + BigInt(k) * options.stepNs, line])
    }
    const body = options.form === 'json' ? toJson(streams) : toProtobuf(streams)
    end += writeSync(file, body)
    ends.push(end)
    textBytes.push(bytes)
    if (textFile !== undefined) writeSync(textFile, `${texts.join('\n')}\n`)
  }
  closeSync(file)
  if (textFile !== undefined) closeSync(textFile)
  return { ends, textBytes }
}

/** Not `Math.random`: two runs have the same lines. */
function createRandom(): (below: number) => number {
  let seed = 1
  return (below) => {
    seed = (seed * 48271) % 2147483647
    return seed % below
  }
}

/** A line such as web services write: 130 bytes on average. */
function makeLine(k: number, lines: number, random: (below: number) => number): string {
  if (k === Math.floor(lines / 3))
    return `{"level":"info","msg":"payment ${NEEDLE} was taken back","by":"operator"}`
  const level = LEVELS[random(9)]
  const status = random(20) === 0 ? 500 : 200
  const id = (random(2 ** 30) * 4 + random(4)).toString(16).padStart(8, '0')
  return `{"level":"${level}","msg":"request handled","method":"GET","path":"${PATHS[random(6)]}/${random(10_000)}","status":${status},"took_ms":${random(900)},"request_id":"${id}"}`
}

type Entries = ReadonlyMap<number, readonly (readonly [bigint, string])[]>

function labelsOf(stream: number): Record<string, string> {
  return { app: `app-${stream % 20}`, cluster: 'one', pod: `pod-${stream}` }
}

function toJson(streams: Entries): Buffer {
  const list = Array.from(streams, ([stream, entries]) => ({
    stream: labelsOf(stream),
    values: entries.map(([ns, line]) => [String(ns), line]),
  }))
  return Buffer.from(JSON.stringify({ streams: list }))
}

/** `logproto.PushRequest` of Loki's push.proto. */
function toProtobuf(streams: Entries): Buffer {
  const out = new ByteWriter(1 << 20)
  for (const [stream, entries] of streams) {
    const own = new ByteWriter(1 << 16)
    const labels = Object.entries(labelsOf(stream)).map(([name, value]) => `${name}="${value}"`)
    field(own, 1, Buffer.from(`{${labels.join(', ')}}`))
    for (const [ns, line] of entries) {
      const time = new ByteWriter(16)
      time.varint(8)
      time.int64(Number(ns / 1_000_000_000n))
      time.varint(16)
      time.int64(Number(ns % 1_000_000_000n))
      const entry = new ByteWriter(256)
      field(entry, 1, time.finish())
      field(entry, 2, Buffer.from(line))
      field(own, 2, entry.finish())
    }
    field(out, 1, own.finish())
  }
  return compressSync(Buffer.from(out.finish()))
}

function field(out: ByteWriter, number: number, bytes: Uint8Array): void {
  out.varint((number << 3) | 2)
  out.varint(bytes.length)
  out.bytes(bytes)
}
