import { RouteLabels } from './alertmanager-data.ts'
import { decodeBase64Url, encodeBase64Url } from './base64.ts'
import { quoteString } from '../../model/go-notation.ts'
import type { CallContext, FunctionTable, GoFunction } from './function.ts'
import { aString, anything, define, defineRest, slice as aSlice, strings } from './function.ts'
import { humanizeDuration, toFloat } from './humanize.ts'
import { tooLong } from './text-builder.ts'
import { textFunctions, toTitle } from './text-functions.ts'
import { parseLayout } from './time-layout.ts'
import { GoDuration, GoTime, aTime } from './time.ts'
import { toJson } from './to-json.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'
import type { GoValue } from './value.ts'
import { GoMap, GoSafe, GoSlice, GoStruct, stringOf, stringSlice } from './value.ts'
import { isZone } from './zone.ts'

/** The longest list that `append` makes. */
const MAX_ITEMS = 100_000

/** The functions of notification templates (Alertmanager's DefaultFuncs). Make one table and keep it. */
export function alertmanagerFunctions(): FunctionTable {
  return new Map<string, GoFunction>([
    ...textFunctions(),
    ...STRING_FUNCTIONS,
    ...TIME_FUNCTIONS,
    ...DATA_FUNCTIONS,
  ])
}

const STRING_FUNCTIONS: readonly [string, GoFunction][] = [
  ['title', define([aString], (text) => toTitle(text, true))],
  ['trimSpace', define([aString], (text) => text.trim())],
  ['join', define([aString, strings], joinStrings)],
  ['safeUrl', define([aString], (text) => new GoSafe('url', text))],
  ['urlUnescape', define([aString], unescapeQuery)],
  ['stringSlice', defineRest(aString, (values) => stringSlice(values))],
  ['base64encode', define([aString], encodeBase64Url)],
  ['base64decode', define([aString], decodeBase64Url)],
]

const TIME_FUNCTIONS: readonly [string, GoFunction][] = [
  ['date', define([aString, aTime], (layout, time) => time.format(layout))],
  ['tz', define([aString, aTime], moveToZone)],
  ['now', define([], (context) => GoTime.fromMs(context.timestampMs, context.localZone))],
  [
    'since',
    define([aTime], (time, context) => {
      return new GoDuration(GoTime.fromMs(context.timestampMs).epochNs - time.epochNs)
    }),
  ],
  ['humanizeDuration', define([anything], (value) => humanizeDuration(toFloat(value)))],
  ['toDate', define([aString, aString], (layout, text) => readDate(layout, text) ?? GoTime.zero())],
  ['mustToDate', define([aString, aString], mustReadDate)],
]

const DATA_FUNCTIONS: readonly [string, GoFunction][] = [
  ['toJson', define([anything], (value, context) => toJson(value, context.maxTextLength))],
  ['list', defineRest(anything, (values) => new GoSlice(values))],
  ['append', { params: [aSlice], rest: anything, call: appendItems }],
  ['dict', defineRest(anything, makeDictionary)],
  ['routeLabels', define([aString], expandRouteLabel)],
]

function joinStrings(separator: string, values: GoSlice | undefined, context: CallContext): string {
  const items = values?.items ?? []
  if (separator.length * items.length > context.maxTextLength) throw tooLong(context.maxTextLength)
  return items.map((item) => stringOf(item) ?? '').join(separator)
}

/** url.QueryUnescape */
function unescapeQuery(text: string): string {
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/u.exec(text)
  if (wrong) throw new Error(`invalid URL escape ${quoteString(wrong[0])}`)
  const bytes: number[] = []
  for (const [part] of text.matchAll(/%..|[^%]+/gsu)) {
    if (part.startsWith('%')) bytes.push(Number.parseInt(part.slice(1), 16))
    else bytes.push(...encodeUtf8(part.replaceAll('+', ' ')))
  }
  return decodeUtf8(bytes)
}

function moveToZone(zone: string, time: GoTime, context: CallContext): GoTime {
  if (!isZone(zone)) throw new Error(`unknown time zone ${zone}`)
  return time.in(zone === '' ? 'UTC' : zone === 'Local' ? context.localZone : zone)
}

function readDate(layout: string, text: string): GoTime | undefined {
  const epochNs = parseLayout(layout, text)
  return epochNs === undefined ? undefined : new GoTime(epochNs)
}

function mustReadDate(layout: string, text: string): GoTime {
  const time = readDate(layout, text)
  if (!time) {
    throw new Error(`parsing time ${quoteString(text)} as ${quoteString(layout)}: cannot parse`)
  }
  return time
}

function appendItems(args: readonly GoValue[]): GoValue {
  const [first, ...items] = args
  const before = first instanceof GoSlice ? first.items : []
  if (before.length + items.length > MAX_ITEMS) {
    throw new Error(`list longer than ${MAX_ITEMS} items`)
  }
  return new GoSlice([...before, ...items])
}

function makeDictionary(values: readonly GoValue[]): GoValue {
  if (values.length % 2 !== 0) throw new Error('dict requires an even number of arguments')
  const entries = new Map<string, GoValue>()
  for (let i = 0; i < values.length; i += 2) {
    const key = values[i]
    if (typeof key !== 'string') throw new Error('dict keys must be strings')
    entries.set(key, values[i + 1])
  }
  return new GoMap(entries)
}

/** A label of the route, expanded with the notification's data; labels may name each other, but not in a circle. */
function expandRouteLabel(name: string, context: CallContext): GoValue {
  const { data } = context
  const labels = data instanceof GoStruct ? data.fields['RouteLabels'] : undefined
  const raw = labels instanceof RouteLabels ? labels.source.get(name) : undefined
  if (!(labels instanceof RouteLabels) || typeof raw !== 'string') return ''
  if (labels.areExpanded) return raw
  const { notes } = context
  const known = notes.get(`routeLabel ${name}`)
  if (known !== undefined) return known
  const path = notes.get('routeLabels') ?? ''
  if (path.split(' -> ').includes(name)) {
    throw new Error(`route label cycle detected: ${path} -> ${name}`)
  }
  notes.set('routeLabels', path === '' ? name : `${path} -> ${name}`)
  const text = context.expand(raw, data)
  notes.set('routeLabels', path)
  notes.set(`routeLabel ${name}`, text)
  return text
}
