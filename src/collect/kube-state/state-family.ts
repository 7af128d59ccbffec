import {
  hasObjectAt,
  isTrueAt,
  listAt,
  numberAt,
  secondsAt,
  shownAt,
  textAt,
} from './object-fields.ts'

/** Takes one sample of an object: its value, then names and values of the labels that it has besides those of the object. */
export type Emit = (value: number, ...labels: readonly string[]) => void

/** A metric that is made of the objects of one kind. */
export interface StateFamily {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter'
  /** Emits what one object has of it; nothing where it has none. */
  readonly read: (object: unknown, emit: Emit) => void
  /** It shows the labels or annotations of objects, as far as an allow-list names them. */
  readonly shows?: 'labels' | 'annotations'
}

/** A kind of objects of the API, with the metrics of kube-state-metrics v2 that are made of them. */
export interface StateKind {
  /** As in URLs of the API, e.g. `pods`. */
  readonly resource: string
  /** `''` is the core group. */
  readonly group: string
  readonly version: string
  readonly isNamespaced: boolean
  /** Only the metadata is asked for: what these objects hold never comes here. */
  readonly isMetadataOnly?: boolean
  /** The label that holds the object's name. */
  readonly label: string
  /** Whether each series has the label `uid`. */
  readonly hasUid?: boolean
  readonly families: readonly StateFamily[]
}

type Path = readonly string[]

export function gauge(name: string, help: string, read: StateFamily['read']): StateFamily {
  return { name, help, type: 'gauge', read }
}

/** A number that the API leaves out when it is 0. */
export function count(name: string, help: string, ...path: Path): StateFamily {
  return gauge(name, help, (object, emit) => emit(numberAt(object, ...path) ?? 0))
}

/** A number that may be unset; then there is no series. */
export function optional(name: string, help: string, ...path: Path): StateFamily {
  return gauge(name, help, (object, emit) => {
    const value = numberAt(object, ...path)
    if (value !== undefined) emit(value)
  })
}

/** 1 where the API says true, else 0. */
export function flag(name: string, help: string, ...path: Path): StateFamily {
  return gauge(name, help, (object, emit) => emit(isTrueAt(object, ...path) ? 1 : 0))
}

/** A time in seconds since the Unix epoch; no series where it is unset. */
export function seconds(name: string, help: string, ...path: Path): StateFamily {
  return gauge(name, help, (object, emit) => {
    const value = secondsAt(object, ...path)
    if (value !== undefined) emit(value)
  })
}

export function created(name: string): StateFamily {
  return seconds(name, 'When it was created, in Unix time.', 'metadata', 'creationTimestamp')
}

export function deleted(name: string): StateFamily {
  return seconds(name, 'When it is to be gone, in Unix time.', 'metadata', 'deletionTimestamp')
}

export function generation(name: string): StateFamily {
  return count(name, 'How often what is wanted of it was changed.', 'metadata', 'generation')
}

/** The version of the object as a number, as etcd counts them. */
export function resourceVersion(name: string): StateFamily {
  return gauge(name, 'Version of the object.', (object, emit) => {
    const version = Number(textAt(object, 'metadata', 'resourceVersion') || Number.NaN)
    if (!Number.isNaN(version)) emit(version)
  })
}

/** 1, with texts of the object as labels: each label with the path of its text. */
export function info(
  name: string,
  help: string,
  labels: Readonly<Record<string, Path>>,
): StateFamily {
  const entries = Object.entries(labels)
  return gauge(name, help, (object, emit) =>
    emit(1, ...entries.flatMap(([label, path]) => [label, shownAt(object, ...path)])),
  )
}

/** One series for each of the words, 1 for the one that the object says; none before it says any. */
export function oneOf(
  [name, help]: readonly [string, string],
  label: string,
  words: readonly string[],
  path: Path,
): StateFamily {
  return gauge(name, help, (object, emit) => {
    const said = textAt(object, ...path)
    if (said === '') return
    for (const word of words) emit(word === said ? 1 : 0, label, word)
  })
}

/** One series for each owner, or one without a name. */
export function owner(name: string, options: { isShort?: boolean } = {}): StateFamily {
  return gauge(name, 'The owners of it.', (object, emit) => {
    const owners = listAt(object, 'metadata', 'ownerReferences')
    if (owners.length === 0) emit(1)
    for (const one of owners) {
      const named = ['owner_kind', textAt(one, 'kind'), 'owner_name', textAt(one, 'name')]
      const isController = isTrueAt(one, 'controller') ? 'true' : 'false'
      if (options.isShort === true) emit(1, ...named)
      else emit(1, ...named, 'owner_is_controller', isController)
    }
  })
}

const STATUSES = ['True', 'False', 'Unknown'] as const

/** The three series of one condition, with the status in small letters as the last label. */
export function emitStatuses(
  emit: Emit,
  stated: unknown,
  label: string,
  ...others: readonly string[]
): void {
  const said = textAt(stated, 'status')
  for (const status of STATUSES)
    emit(status === said ? 1 : 0, ...others, label, status.toLowerCase())
}

/** Three series for each condition of the object. */
export function conditions(name: string, help: string): StateFamily {
  return gauge(name, help, (object, emit) => {
    for (const one of listAt(object, 'status', 'conditions'))
      emitStatuses(emit, one, 'status', 'condition', textAt(one, 'type'))
  })
}

/** The three series of the one condition that is meant. */
export function condition(name: string, help: string, type: string): StateFamily {
  return gauge(name, help, (object, emit) => {
    for (const one of listAt(object, 'status', 'conditions'))
      if (textAt(one, 'type') === type) emitStatuses(emit, one, 'condition')
  })
}

/** Since when a condition holds; nothing while it does not. `status` is the one that is meant. */
export function conditionSince(
  [name, help]: readonly [string, string],
  type: string,
  status: (typeof STATUSES)[number] = 'True',
): StateFamily {
  return gauge(name, help, (object, emit) => {
    for (const one of listAt(object, 'status', 'conditions')) {
      if (textAt(one, 'type') !== type || textAt(one, 'status') !== status) continue
      const since = secondsAt(one, 'lastTransitionTime')
      if (since !== undefined) emit(since)
    }
  })
}

/** A label for each text of a list, one series each. */
export function each(
  [name, help]: readonly [string, string],
  label: string,
  path: Path,
): StateFamily {
  return gauge(name, help, (object, emit) => {
    for (const text of listAt(object, ...path)) if (typeof text === 'string') emit(1, label, text)
  })
}

/** The families that show labels and annotations; what they show is decided by the allow-lists (`shown-labels.ts`). */
export function described(prefix: string): readonly StateFamily[] {
  const read = (): void => undefined
  return [
    { ...gauge(`${prefix}_labels`, 'Labels that are allowed to be shown.', read), shows: 'labels' },
    {
      ...gauge(`${prefix}_annotations`, 'Annotations that are allowed to be shown.', read),
      shows: 'annotations',
    },
  ]
}

/** True for a container that is in the state, e.g. `waiting`. */
export function isIn(status: unknown, state: string): boolean {
  return hasObjectAt(status, 'state', state)
}
