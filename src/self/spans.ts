import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'

/** A value of an attribute of an own span; whole numbers are kept as such. */
export type OwnValue = string | number | boolean

export type OwnAttributes = Readonly<Record<string, OwnValue>>

/** What a trace is about: only queries are listed as slow. */
export type OwnKind = 'query' | 'ingest'

/** A span of this program that has ended. */
export interface OwnSpan {
  /** Hex. */
  readonly traceId: string
  readonly spanId: string
  /** Empty for the root of a trace. */
  readonly parentId: string
  readonly name: string
  readonly startNs: bigint
  readonly durationNs: bigint
  /** What failed; undefined when nothing did. */
  readonly failure: string | undefined
  readonly attributes: readonly (readonly [string, OwnValue])[]
}

/** More children than this are counted and left out. */
const MAX_CHILDREN = 200
/** Queries may be as long as their sender likes. */
const MAX_TEXT = 2000

interface Place {
  readonly trace: OwnTrace
  readonly spanId: string
}

const places = new AsyncLocalStorage<Place>()

/** Who begins traces, and decides at their end which are kept. */
export interface TraceKeeper {
  begin(kind: OwnKind, name: string, attributes: OwnAttributes): OwnTrace | undefined
  /** `status` is that of HTTP. */
  end(trace: OwnTrace, status: number): void
}

/** One request of somebody, with what was done for it. */
export class OwnTrace {
  /** Undefined of a trace that its maker ends. */
  readonly keeper: TraceKeeper | undefined
  readonly kind: OwnKind
  readonly name: string
  readonly traceId = randomBytes(16).toString('hex')
  readonly startMs = performance.now()
  readonly #spanId = newSpanId()
  readonly #attributes = new Map<string, OwnValue>()
  readonly #children: OwnSpan[] = []
  #dropped = 0
  #isOver = false
  #isSplit = false

  constructor(kind: OwnKind, name: string, attributes: OwnAttributes, keeper?: TraceKeeper) {
    this.keeper = keeper
    this.kind = kind
    this.name = name
    for (const [key, value] of Object.entries(attributes)) this.annotate(key, value)
  }

  annotate(name: string, value: OwnValue): void {
    const isLong = typeof value === 'string' && value.length > MAX_TEXT
    this.#attributes.set(name, isLong ? `${value.slice(0, MAX_TEXT)}…` : value)
  }

  get(name: string): OwnValue | undefined {
    return this.#attributes.get(name)
  }

  get attributes(): OwnAttributes {
    return Object.fromEntries(this.#attributes)
  }

  /** Whether its parts are traces of their own, so that it tells nothing more. */
  get isSplit(): boolean {
    return this.#isSplit
  }

  split(): void {
    this.#isSplit = true
  }

  /** Runs work for which children may be measured. */
  run<T>(work: () => T): T {
    return places.run({ trace: this, spanId: this.#spanId }, work)
  }

  add(child: OwnSpan): void {
    // What goes on behind an answer (a writer that took turns with it) is no part of the request.
    if (this.#isOver) return
    if (this.#children.length < MAX_CHILDREN) this.#children.push(child)
    else this.#dropped++
  }

  /** Ends the trace; its spans, the root first. */
  end(failure: string | undefined): readonly OwnSpan[] {
    this.#isOver = true
    if (this.#dropped > 0) this.annotate('vedette.dropped_spans', this.#dropped)
    const root: OwnSpan = {
      ...{ traceId: this.traceId, spanId: this.#spanId, parentId: '', name: this.name },
      ...timesSince(this.startMs),
      failure,
      attributes: [...this.#attributes],
    }
    return [root, ...this.#children]
  }
}

/**
 * Measures a part of the request that is being served, as a child of what measures it already. Without one (nothing is traced) it costs a
 * look-up.
 */
export async function measure<T>(
  name: string,
  attributes: OwnAttributes,
  work: () => Promise<T>,
): Promise<T> {
  const place = places.getStore()
  if (place === undefined) return work()
  const { trace, spanId: parentId } = place
  const spanId = newSpanId()
  const startMs = performance.now()
  let failure: string | undefined
  try {
    return await places.run({ trace, spanId }, work)
  } catch (thrown) {
    failure = thrown instanceof Error ? thrown.message : String(thrown)
    throw thrown
  } finally {
    trace.add({
      ...{ traceId: trace.traceId, spanId, parentId, name, ...timesSince(startMs) },
      failure,
      attributes: Object.entries(attributes),
    })
  }
}

/** Runs a part of a request as if it had come alone; `statusOf` tells the status of HTTP of what it was answered with. */
export type RunApart = <T>(
  name: string,
  work: () => Promise<T>,
  statusOf: (outcome: T) => number,
) => Promise<T>

/**
 * For a request that carries several: each that is run by what comes back is a trace of its own, kept or listed as slow for itself, and the
 * whole is none. It may be called until the request has been answered, from wherever.
 */
export function splitRequest(): RunApart {
  const whole = places.getStore()?.trace
  const keeper = whole?.keeper
  if (whole === undefined || keeper === undefined) return (_name, work) => work()
  whole.split()
  return async (name, work, statusOf) => {
    const trace = keeper.begin(whole.kind, name, whole.attributes)
    if (trace === undefined) return work()
    let status = 500
    try {
      const outcome = await trace.run(work)
      status = statusOf(outcome)
      return outcome
    } finally {
      keeper.end(trace, status)
    }
  }
}

/** Whether what happens now is part of a request that is traced. */
export function isTraced(): boolean {
  return places.getStore() !== undefined
}

/** Says something about the request that is being served, where it is traced. */
export function annotateRequest(name: string, value: OwnValue): void {
  places.getStore()?.trace.annotate(name, value)
}

function timesSince(startMs: number): Pick<OwnSpan, 'startNs' | 'durationNs'> {
  return {
    startNs: BigInt(Math.round((performance.timeOrigin + startMs) * 1e6)),
    durationNs: BigInt(Math.round((performance.now() - startMs) * 1e6)),
  }
}

function newSpanId(): string {
  return randomBytes(8).toString('hex')
}
