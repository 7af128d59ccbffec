import { listOf, numberOf, textOf, type JsonObject } from '../lang/dashboard/json-value.ts'
import { Problem } from '../model/problem.ts'
import {
  countTags,
  deleteAnnotation,
  deleteAnnotationsOf,
  findAnnotation,
  insertAnnotation,
  selectAnnotations,
  updateAnnotation,
  type AnnotationQuery,
  type StoredAnnotation,
} from '../store/metadata/annotations.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import type { Author } from './author.ts'
import { DashboardFault } from './fault.ts'

const MAX_TEXT_LENGTH = 50_000
const MAX_TAGS = 100
/** As Grafana's bound of a tag. */
const MAX_TAG_LENGTH = 100
/** The furthest time of ECMAScript. */
const MAX_TIME_MS = 8.64e15

/** Annotations that people and programs write. Throws `Problem`s in Grafana's words. */
export class AnnotationDesk {
  readonly #metadata: Metadata
  readonly #nowMs: () => number

  constructor(metadata: Metadata, nowMs: () => number) {
    this.#metadata = metadata
    this.#nowMs = nowMs
  }

  list(query: AnnotationQuery): Promise<readonly StoredAnnotation[]> {
    return selectAnnotations(this.#metadata, query)
  }

  async find(id: number): Promise<StoredAnnotation> {
    const found = await findAnnotation(this.#metadata, id)
    if (found === undefined) throw new DashboardFault('annotation-missing')
    return found
  }

  /** Without a time it is now; without an end a moment. */
  async create(by: Author, dashboardUid: string, body: JsonObject): Promise<number> {
    const text = readText(body['text'])
    if (text === '')
      throw new Problem('bad_data', 'Failed to save annotation: text field should not be empty')
    const times = readTimes(body, { timeMs: this.#nowMs(), timeEndMs: undefined })
    const panelId = numberOf(body['panelId']) ?? 0
    const annotation = {
      ...{ text, ...times, tags: readTags(body['tags']), dashboardUid },
      ...{ panelId: Number.isSafeInteger(panelId) ? panelId : 0 },
      ...{ createdBy: by.name, userId: by.userId ?? 0 },
    }
    return insertAnnotation(this.#metadata, annotation, this.#nowMs())
  }

  /** A `patch` keeps what the body does not name. */
  async change(id: number, body: JsonObject, options: { readonly patch: boolean }): Promise<void> {
    const before = await this.find(id)
    const isKept = (name: string): boolean => options.patch && body[name] === undefined
    const text = isKept('text') ? before.text : readText(body['text'])
    if (text === '')
      throw new Problem('bad_data', 'Failed to update annotation: text field should not be empty')
    const times = readTimes(body, {
      timeMs: before.timeMs,
      timeEndMs: options.patch ? before.timeEndMs : undefined,
    })
    const tags = isKept('tags') ? before.tags : readTags(body['tags'])
    const change = { text, tags, ...times }
    if (!(await updateAnnotation(this.#metadata, id, change, this.#nowMs()))) {
      throw new DashboardFault('annotation-missing')
    }
  }

  async remove(id: number): Promise<void> {
    if (!(await deleteAnnotation(this.#metadata, id))) {
      throw new DashboardFault('annotation-missing')
    }
  }

  removeOfPanel(dashboardUid: string, panelId: number): Promise<number> {
    return deleteAnnotationsOf(this.#metadata, dashboardUid, panelId)
  }

  tags(contains: string, limit: number): ReturnType<typeof countTags> {
    return countTags(this.#metadata, { contains, limit })
  }
}

function readText(value: unknown): string {
  const text = (textOf(value) ?? '').replaceAll('\0', '')
  if (text.length <= MAX_TEXT_LENGTH) return text
  throw new Problem(
    'bad_data',
    `the text of an annotation has at most ${MAX_TEXT_LENGTH} characters`,
  )
}

function readTags(value: unknown): string[] {
  const tags = listOf(value).flatMap((tag) => textOf(tag)?.replaceAll('\0', '').trim() ?? [])
  if (tags.length <= MAX_TAGS && tags.every((tag) => tag.length <= MAX_TAG_LENGTH)) {
    return [...new Set(tags)].filter((tag) => tag !== '')
  }
  const rule = `at most ${MAX_TAGS} tags of at most ${MAX_TAG_LENGTH} characters`
  throw new Problem('bad_data', `an annotation has ${rule}`)
}

function readTimes(
  body: JsonObject,
  before: { readonly timeMs: number; readonly timeEndMs: number | undefined },
): { readonly timeMs: number; readonly timeEndMs: number } {
  const given = readTime(body, 'time')
  const timeMs = given ?? before.timeMs
  const kept = given === undefined || before.timeEndMs !== before.timeMs ? before.timeEndMs : timeMs
  const timeEndMs = readTime(body, 'timeEnd') ?? kept ?? timeMs
  return timeEndMs < timeMs ? { timeMs: timeEndMs, timeEndMs: timeMs } : { timeMs, timeEndMs }
}

/** 0 means, as in Grafana, that none is said. */
function readTime(body: JsonObject, name: string): number | undefined {
  const timeMs = numberOf(body[name])
  if (timeMs === undefined || timeMs === 0) return undefined
  if (timeMs > 0 && timeMs <= MAX_TIME_MS) return Math.round(timeMs)
  throw new Problem('bad_data', `${name} must be milliseconds since 1970`)
}
