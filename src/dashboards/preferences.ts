import { isObject, type JsonObject } from '../lang/dashboard/json-value.ts'
import { Problem } from '../model/problem.ts'
import { findPreferences, savePreferences } from '../store/metadata/dashboards.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import type { Author } from './author.ts'

/** What Grafana keeps for a user or for everybody, in its names; absent is "as the one above says". */
export interface PreferenceSettings {
  readonly homeDashboardUID?: string
  readonly theme?: string
  readonly timezone?: string
  readonly weekStart?: string
  readonly language?: string
}

const NAMES = ['homeDashboardUID', 'theme', 'timezone', 'weekStart', 'language'] as const
const MAX_LENGTH = 100

/** Preferences of users, and of everybody who has none. */
export class Preferences {
  readonly #metadata: Metadata

  constructor(metadata: Metadata) {
    this.#metadata = metadata
  }

  /** Those of a user; of everybody without one. */
  async get(userId: number | undefined): Promise<PreferenceSettings> {
    const text = await findPreferences(this.#metadata, ownerOf(userId))
    return text === undefined ? {} : readSettings(JSON.parse(text))
  }

  /** Those of everybody, with a user's own in front. */
  async inForce({ userId }: Author): Promise<PreferenceSettings> {
    const shared = await this.get(undefined)
    return userId === undefined ? shared : { ...shared, ...(await this.get(userId)) }
  }

  /** Puts settings in the place of those there are; with `merge` only those that are named. Throws a `Problem`. */
  async save(
    userId: number | undefined,
    settings: JsonObject,
    options: { readonly merge: boolean },
  ): Promise<void> {
    const before = options.merge ? await this.get(userId) : {}
    const given = Object.fromEntries(
      NAMES.flatMap((name) =>
        settings[name] === undefined ? [] : [[name, checkText(name, settings[name])]],
      ),
    )
    const kept = Object.entries({ ...before, ...given }).filter(([, value]) => value !== '')
    const text = JSON.stringify(Object.fromEntries(kept))
    await savePreferences(this.#metadata, ownerOf(userId), text)
  }
}

function ownerOf(userId: number | undefined): string {
  return userId === undefined ? 'org' : `user:${userId}`
}

function readSettings(value: unknown): PreferenceSettings {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    NAMES.flatMap((name) => (typeof value[name] === 'string' ? [[name, value[name]]] : [])),
  )
}

function checkText(name: string, value: unknown): string {
  if (typeof value === 'string' && value.length <= MAX_LENGTH && !value.includes('\0')) return value
  throw new Problem('bad_data', `${name} must be a text of at most ${MAX_LENGTH} characters`)
}
