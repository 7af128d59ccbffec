import { ProtoReader } from '../src/formats/proto-reader.ts'

/** Ids are made of the number of a trace, so that who asks need not have kept them. */
function mix(number: number, salt: number): number {
  let h = (number ^ Math.imul(salt + 1, 0x9e3779b1)) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The id of a trace, in hex. */
export function traceIdOf(trace: number): string {
  return [0, 1, 2, 3].map((i) => mix(trace, i).toString(16).padStart(8, '0')).join('')
}

/** Where an encoded request has what differs each time it is sent. */
interface Patches {
  readonly tracePositions: Uint32Array
  readonly traces: Uint32Array
  readonly idPositions: Uint32Array
  readonly idTraces: Uint32Array
  readonly ids: Uint32Array
  readonly timePositions: Uint32Array
  readonly timesNs: BigInt64Array
}

/** A request of OTLP (protobuf) that is sent often, each time with other ids and times. */
export class RequestTemplate {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly spans: number
  readonly traces: number
  readonly #patches: Patches

  constructor(bytes: Uint8Array, spans: number, traces: number) {
    this.bytes = Uint8Array.from(bytes)
    this.spans = spans
    this.traces = traces
    this.#patches = findPatches(this.bytes)
  }

  /** A copy whose traces are numbered from `firstTrace` and whose times begin at `startNs`. */
  at(firstTrace: number, startNs: bigint): Uint8Array {
    const bytes = Uint8Array.from(this.bytes)
    const view = new DataView(bytes.buffer)
    const { tracePositions, traces, idPositions, idTraces, ids, timePositions, timesNs } =
      this.#patches
    for (let i = 0; i < tracePositions.length; i++) {
      const at = tracePositions[i] as number
      const trace = firstTrace + (traces[i] as number)
      for (let word = 0; word < 4; word++) view.setUint32(at + word * 4, mix(trace, word))
    }
    for (let i = 0; i < idPositions.length; i++) {
      const at = idPositions[i] as number
      const trace = firstTrace + (idTraces[i] as number)
      view.setUint32(at, mix(trace, 4 + (ids[i] as number)))
      view.setUint32(at + 4, mix(trace, 1e6 + (ids[i] as number)) | 1)
    }
    for (let i = 0; i < timePositions.length; i++)
      view.setBigUint64(timePositions[i] as number, startNs + (timesNs[i] as bigint), true)
    return bytes
  }
}

class PatchFinder {
  readonly tracePositions: number[] = []
  readonly traces: number[] = []
  readonly idPositions: number[] = []
  readonly idTraces: number[] = []
  readonly ids: number[] = []
  readonly timePositions: number[] = []
  readonly timesNs: bigint[] = []

  /** Looks through a message at this depth: 0 the request, 3 a span, 4 an event. */
  walk(reader: ProtoReader, end: number, depth: number): void {
    const inner = [1, 2, 2, 11][depth]
    while (reader.position < end) {
      const tag = reader.varint32(end)
      const number = tag >>> 3
      const at = reader.position
      if (number === inner && (tag & 7) === 2) this.walk(reader, reader.delimited(end), depth + 1)
      else {
        reader.skip(tag, end)
        this.#note(reader.view, { number, at, wire: tag & 7, depth })
      }
    }
  }

  #note(
    view: DataView,
    { number, at, wire, depth }: { number: number; at: number; wire: number; depth: number },
  ): void {
    if (depth < 3) return
    if (wire === 1) {
      this.timePositions.push(at)
      this.timesNs.push(view.getBigInt64(at, true))
    } else if (depth === 3 && wire === 2 && number === 1) {
      this.tracePositions.push(at + 1)
      this.traces.push(view.getUint32(at + 1))
    } else if (depth === 3 && wire === 2 && (number === 2 || number === 4)) {
      this.idPositions.push(at + 1)
      this.idTraces.push(view.getUint32(at + 1))
      this.ids.push(view.getUint32(at + 5))
    }
  }
}

function findPatches(bytes: Uint8Array): Patches {
  const found = new PatchFinder()
  found.walk(new ProtoReader(bytes), bytes.length, 0)
  return {
    tracePositions: Uint32Array.from(found.tracePositions),
    traces: Uint32Array.from(found.traces),
    idPositions: Uint32Array.from(found.idPositions),
    idTraces: Uint32Array.from(found.idTraces),
    ids: Uint32Array.from(found.ids),
    timePositions: Uint32Array.from(found.timePositions),
    timesNs: BigInt64Array.from(found.timesNs),
  }
}
