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
  readonly outcome: Outcome
  readonly text: string
}

/** The vedette.yml that is being made, and what is to be told about it. */
export class Draft {
  readonly notes: Note[] = []
  readonly #root = new Map<string, ConfigValue>()

  note(service: string, outcome: Outcome, text: string): void {
    this.notes.push({ service, outcome, text })
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

  get config(): ReadonlyMap<string, ConfigValue> {
    return this.#root
  }
}
