import type { Finder, RegexFind } from '../../model/find-regex.ts'
import type { BatchEditor } from '../processors/editor.ts'
import { patternOf } from './functions.ts'
import type { Place } from './path.ts'
import { isList, isMap, shownValue, type OttlMap, type OttlValue } from './value.ts'

type Run = (
  place: Required<Place>,
  args: readonly OttlValue[],
  editor: BatchEditor,
  row: number,
) => void

/** A function that changes the place that its first argument names. */
export interface OttlEditor {
  /** With the first argument. */
  readonly arity: readonly [least: number, most: number]
  /** `fixed` are the arguments behind the first that are fixed. */
  readonly prepare: (fixed: readonly OttlValue[], start: number) => Run
}

function onMap(edit: (map: OttlMap, args: readonly OttlValue[]) => OttlMap): Run {
  return (place, args, editor, row) => {
    const map = place.get(editor, row)
    if (isMap(map)) place.set(editor, row, edit(map, args))
  }
}

function filterMap(map: OttlMap, keeps: (key: string) => boolean): OttlMap {
  return new Map([...map].filter(([key]) => keeps(key)))
}

function plain(least: number, most: number, run: Run): OttlEditor {
  return { arity: [least, most], prepare: () => run }
}

/** Of `replace_pattern` and its kind: what stands for each place where a pattern fits, `$1` and `${name}` filled in. */
function replaceIn(text: string, finder: Finder, replacement: string): string {
  let out = ''
  let from = 0
  for (const found of finder.find(text)) {
    out += text.slice(from, found.index) + expand(replacement, found)
    from = found.index + (found.groups[0]?.length ?? 0)
  }
  return out + text.slice(from)
}

function expand(replacement: string, { groups, named }: RegexFind): string {
  return replacement.replace(
    /\$(?:\$|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g,
    (all, braced?: string, bare?: string) => {
      if (all === '$$') return '$'
      const name = braced ?? bare ?? ''
      return (/^[0-9]+$/.test(name) ? groups[Number(name)] : named[name]) ?? ''
    },
  )
}

/** A pattern of `replace_match` is a glob: `*` for any characters, `?` for one. */
function globOf(value: OttlValue, start: number): Finder {
  const source = typeof value === 'string' ? value : ''
  const pattern = source
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return patternOf(`^${pattern}$`, start, 's')
}

function replaceValues(
  map: OttlMap,
  change: (text: string) => string,
  mode: 'key' | 'value',
): OttlMap {
  return new Map(
    [...map].map(([key, value]) => {
      if (mode === 'key') return [change(key), value]
      return [key, typeof value === 'string' ? change(value) : value]
    }),
  )
}

/** The functions of statements (pkg/ottl/ottlfuncs) that are known here, by name. */
export const EDITORS: Readonly<Record<string, OttlEditor>> = {
  set: plain(2, 2, (place, [value], editor, row) => {
    if (value !== undefined) place.set(editor, row, value)
  }),
  delete_key: plain(
    2,
    2,
    onMap((map, [key]) => filterMap(map, (each) => each !== key)),
  ),
  keep_keys: plain(
    2,
    2,
    onMap((map, [keys]) =>
      filterMap(map, (each) => isList(keys) && keys.some((key) => key === each)),
    ),
  ),
  delete_matching_keys: matchingKeys(false),
  keep_matching_keys: matchingKeys(true),
  merge_maps: plain(3, 3, (place, [source, strategy], editor, row) => {
    const target = place.get(editor, row)
    if (!isMap(target) || !isMap(source)) return
    const merged = new Map(target)
    for (const [key, value] of source) {
      const isThere = target.has(key)
      const isWanted =
        strategy === 'insert' ? !isThere : strategy === 'update' ? isThere : strategy === 'upsert'
      if (isWanted) merged.set(key, value)
    }
    place.set(editor, row, merged)
  }),
  replace_pattern: {
    arity: [3, 3],
    prepare: ([pattern], start) => {
      const finder = patternOf(pattern, start, 'g')
      return (place, [, replacement], editor, row) => {
        const text = place.get(editor, row)
        if (typeof text !== 'string' || typeof replacement !== 'string') return
        place.set(editor, row, replaceIn(text, finder, replacement))
      }
    },
  },
  replace_match: {
    arity: [3, 3],
    prepare: ([pattern], start) => {
      const finder = globOf(pattern, start)
      return (place, [, replacement], editor, row) => {
        const text = place.get(editor, row)
        if (typeof text !== 'string' || finder.find(text).length === 0) return
        place.set(editor, row, replacement)
      }
    },
  },
  replace_all_patterns: {
    arity: [4, 4],
    prepare: ([mode, pattern], start) => {
      const finder = patternOf(pattern, start, 'g')
      return onMap((map, [, , replacement]) =>
        replaceValues(
          map,
          (text) => replaceIn(text, finder, shownValue(replacement) ?? ''),
          mode === 'key' ? 'key' : 'value',
        ),
      )
    },
  },
  replace_all_matches: {
    arity: [3, 3],
    prepare: ([pattern], start) => {
      const finder = globOf(pattern, start)
      return onMap((map, [, replacement]) =>
        replaceValues(
          map,
          (text) => (finder.find(text).length > 0 ? (shownValue(replacement) ?? '') : text),
          'value',
        ),
      )
    },
  },
  truncate_all: plain(
    2,
    2,
    onMap((map, [limit]) =>
      replaceValues(map, (text) => text.slice(0, Number(limit ?? text.length)), 'value'),
    ),
  ),
}

function matchingKeys(keeps: boolean): OttlEditor {
  return {
    arity: [2, 2],
    prepare: ([pattern], start) => {
      const finder = patternOf(pattern, start)
      return onMap((map) => filterMap(map, (key) => finder.find(key).length > 0 === keeps))
    },
  }
}
