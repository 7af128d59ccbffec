import type { ConfigValue } from './print-config.ts'

/** What became of something that a compose file says. */
export type Outcome =
  /** It is as it was. */
  | 'same'
  /** It is there in another way. */
  | 'changed'
  /** It has no meaning here. */
  | 'left out'
  /** A person has to do something. */
  | 'to do'
  /** A service that is no part of the monitoring: it goes on in compose. */
  | 'stays'

export interface Note {
  readonly service: string
  /** `docker-compose.yml:12`. */
  readonly place: string
  readonly outcome: Outcome
  readonly text: string
}

/** What a note is about: a service, or something of it with a place of its own. */
export interface Subject {
  readonly name: string
  readonly place: string
}

/** The vedette.yml that is being made, and what is to be told about it. */
export class Draft {
  readonly notes: Note[] = []
  readonly #root = new Map<string, ConfigValue>()

  note({ name, place }: Subject, outcome: Outcome, text: string): void {
    this.notes.push({ service: name, place, outcome, text })
  }

  /** Sets a key below sections that are made as they are needed: `set(['listen', 'ui'], …)`. */
  set(keys: readonly string[], value: ConfigValue): void {
    let map = this.#root
    for (const key of keys.slice(0, -1)) {
      const next = map.get(key)
      const inner = next instanceof Map ? next : new Map<string, ConfigValue>()
      if (inner !== next) map.set(key, inner)
      map = inner
    }
    const last = keys.at(-1)
    if (last !== undefined) map.set(last, value)
  }

  /** Adds to a list, once. */
  add(keys: readonly string[], value: string): void {
    let node: ConfigValue | undefined = this.#root
    for (const key of keys) node = node instanceof Map ? node.get(key) : undefined
    const list = Array.isArray(node) ? node.filter((each) => typeof each === 'string') : []
    if (!list.includes(value)) this.set(keys, [...list, value])
  }

  get config(): ReadonlyMap<string, ConfigValue> {
    return this.#root
  }
}
