import { startOf, type AttributeColumns, type SpanBatch } from '../../model/spans.ts'
import { attributeText } from './attribute-text.ts'

const NO_VALUE = -1
const TWO_32 = 4_294_967_296

/** What metrics need to know of a resource. */
export interface ResourceFacts {
  /** '' when it has none. */
  readonly service: string
  readonly hasService: boolean
  /** `namespace/service`, or the service; '' without one. */
  readonly job: string
  readonly instance: string
}

/** A batch with what is asked of it again and again. It lives as long as the batch is looked at. */
export class BatchView {
  readonly batch: SpanBatch
  readonly #facts: (ResourceFacts | undefined)[]
  readonly #startWords: Uint32Array
  readonly #durationWords: Uint32Array

  constructor(batch: SpanBatch) {
    this.batch = batch
    this.#facts = new Array<ResourceFacts | undefined>(batch.resources.length)
    this.#startWords = wordsOf(batch.startsNs)
    this.#durationWords = wordsOf(batch.durationsNs)
  }

  /** Milliseconds since 1970, exact to a microsecond. */
  startMs(row: number): number {
    return read64(this.#startWords, row) / 1e6
  }

  durationNs(row: number): number {
    return read64(this.#durationWords, row)
  }

  endMs(row: number): number {
    return this.startMs(row) + this.durationNs(row) / 1e6
  }

  factsOf(row: number): ResourceFacts {
    return this.factsOfResource(this.batch.resourceIndex[row] ?? 0)
  }

  factsOfResource(resource: number): ResourceFacts {
    return (this.#facts[resource] ??= readFacts(this.batch.resources[resource] ?? []))
  }

  /** The typed text of an attribute of the row's resource. */
  ofResource(row: number, name: string): string | undefined {
    for (const [key, value] of this.batch.resources[this.batch.resourceIndex[row] ?? 0] ?? [])
      if (key === name) return value
    return undefined
  }

  /** Where the value of an attribute of the span is in `strings`; -1 when it has none. */
  placeInSpan(row: number, name: string): number {
    return this.placeIn(this.batch.attributes, row, name)
  }

  placeIn({ ends, keys, values }: AttributeColumns, owner: number, name: string): number {
    const { strings } = this.batch
    const end = ends[owner] ?? 0
    for (let i = startOf(ends, owner); i < end; i++)
      if (strings[keys[i] as number] === name) return values[i] as number
    return NO_VALUE
  }

  /** The typed text of an attribute of the span. */
  ofSpan(row: number, name: string): string | undefined {
    const place = this.placeInSpan(row, name)
    return place < 0 ? undefined : this.batch.strings[place]
  }

  /** The text of an attribute that a span or its resource has. */
  textOf(row: number, name: string, first: 'resource' | 'span'): string | undefined {
    const typed =
      first === 'resource'
        ? (this.ofResource(row, name) ?? this.ofSpan(row, name))
        : (this.ofSpan(row, name) ?? this.ofResource(row, name))
    return typed === undefined ? undefined : attributeText(typed)
  }
}

function wordsOf(column: BigInt64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.length * 2)
}

function read64(words: Uint32Array, row: number): number {
  return (words[row * 2 + 1] as number) * TWO_32 + (words[row * 2] as number)
}

/** OpenTelemetry's rule for `job` and `instance`, as Tempo and the collector follow it. */
function readFacts(resource: readonly (readonly [key: string, value: string])[]): ResourceFacts {
  const attributes = new Map(resource)
  const textOf = (name: string): string => attributeText(attributes.get(name) ?? '')
  const service = textOf('service.name')
  const namespace = textOf('service.namespace')
  const instance = textOf('service.instance.id')
  const job = service === '' || namespace === '' ? service : `${namespace}/${service}`
  return { service, hasService: attributes.has('service.name'), job, instance }
}
