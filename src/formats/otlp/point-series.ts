import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { formatFixed } from '../go-float.ts'
import type { LabelDraft } from './point-labels.ts'

/** Points whose series are remembered, in each of two generations. */
const MAX_REMEMBERED = 20_000
/** Characters of their keys and labels, and labels of their series a character each. */
const MAX_REMEMBERED_LENGTH = 8_000_000
/** A point whose buckets change all the time is made anew. */
const MAX_KEPT_PARTS = 500
/** What points belong to. */
const MAX_OWNERS = 10_000
const MAX_OWNERS_LENGTH = 4_000_000
/** Names and values of labels of the series that one request is the first to name. */
const MAX_NEW_TEXTS = 10_000_000

/** The series of one data point, made when they are asked for. */
export class PointSeries {
  readonly #draft: LabelDraft
  readonly #name: string
  readonly #count: (labels: Labels) => void
  #plain: Labels | undefined
  #sum: Labels | undefined
  #total: Labels | undefined
  readonly #parts = new Map<number, Labels>()

  constructor(name: string, draft: LabelDraft, count: (labels: Labels) => void) {
    this.#name = name
    this.#draft = draft
    this.#count = count
  }

  get plain(): Labels {
    return (this.#plain ??= this.#make(''))
  }

  get sum(): Labels {
    return (this.#sum ??= this.#make('_sum'))
  }

  get count(): Labels {
    return (this.#total ??= this.#make('_count'))
  }

  /** The bucket with this upper bound. */
  bucket(bound: number): Labels {
    return this.#part(bound, '_bucket', 'le')
  }

  quantile(quantile: number): Labels {
    return this.#part(quantile, '', 'quantile')
  }

  /** Characters of its labels. */
  get length(): number {
    return this.#name.length + this.#draft.length
  }

  /** Buckets and quantiles that are remembered. */
  get parts(): number {
    return this.#parts.size
  }

  #part(number: number, suffix: string, label: string): Labels {
    const known = this.#parts.get(number)
    if (known !== undefined) return known
    const made = this.#make(suffix, label, formatFixed(number))
    this.#parts.set(number, made)
    return made
  }

  #make(suffix: string, label = '', value = ''): Labels {
    const labels = this.#draft.finish(this.#name + suffix, label, value)
    this.#count(labels)
    return labels
  }
}

/**
 * The series of data points of earlier requests: a point that comes again has the same `Labels` objects again, which the store knows
 * without a look-up.
 */
export class PointSeriesCache {
  #young = new Map<string, PointSeries>()
  #old: ReadonlyMap<string, PointSeries> = new Map()
  #youngLength = 0
  #newTexts = 0
  readonly #owners = new Map<string, number>()
  #ownersLength = 0
  #nextOwner = 0
  readonly #note = ({ flat }: Labels): void => {
    this.#youngLength += flat.length
    this.#newTexts += flat.length
    if (this.#newTexts > MAX_NEW_TEXTS) {
      throw new Problem('limit', 'the labels of the new series of a request are too many')
    }
  }

  beginRequest(): void {
    this.#newTexts = 0
    if (this.#owners.size <= MAX_OWNERS && this.#ownersLength <= MAX_OWNERS_LENGTH) return
    // Numbers are never given twice: what is remembered under the old ones is forgotten with time.
    this.#owners.clear()
    this.#ownersLength = 0
  }

  /** A number for what points belong to, to begin their keys with, so that not every key has the whole text. */
  ownerOf(text: string): number {
    const known = this.#owners.get(text)
    if (known !== undefined) return known
    this.#owners.set(text, this.#nextOwner)
    this.#ownersLength += text.length
    return this.#nextOwner++
  }

  /** `make` returns why there are no labels, which is not remembered. */
  get(key: string, name: string, make: () => LabelDraft | string): PointSeries | string {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined && old.parts <= MAX_KEPT_PARTS) return this.#remember(key, old)
    const draft = make()
    if (typeof draft === 'string') return draft
    return this.#remember(key, new PointSeries(name, draft, this.#note))
  }

  #remember(key: string, series: PointSeries): PointSeries {
    if (this.#young.size >= MAX_REMEMBERED || this.#youngLength >= MAX_REMEMBERED_LENGTH) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngLength = 0
    }
    this.#young.set(key, series)
    this.#youngLength += key.length + series.length
    return series
  }
}
