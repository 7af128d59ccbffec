import { expect, it } from 'vitest'
import { LOG_LEVEL_FIELDS } from '../model/log-level.ts'
import { createLevelFinder } from './line-level.ts'

const find = createLevelFinder({ names: LOG_LEVEL_FIELDS, jsonDepth: 2 })

function levelOf(line: string, finder = find): string {
  // The line stands amid others.
  const before = 'error '
  const bytes = Buffer.from(`${before}${line} error`)
  return finder(bytes, before.length, before.length + Buffer.byteLength(line))
}

it.each([
  ['foo', 'unknown'],
  ['', 'unknown'],
  ['this is a warning log', 'warn'],
  ['this is a DEBUG message', 'debug'],
  ['critical: something happened', 'critical'],
  ['[ERR] this is an error message', 'error'],
  ['an error after a warning', 'error'],
  ['misc:error is part of a word', 'unknown'],
  ['errors, terror and information are other words', 'unknown'],
  ['failed (fatal)', 'fatal'],
  ['zuerst ä|info|', 'info'],
])('of a text the first word that stands alone: %s', (line, level) => {
  expect(levelOf(line)).toBe(level)
})

it.each([
  ['{"msg":"an error of no concern","level":"critical"}', 'critical'],
  ['{"MSG":"an error of no concern","LEVEL":"Critical"}', 'critical'],
  ['{"msg":"warn","SEVERITY":"FATAL"}', 'fatal'],
  ['{"level":"ERR"}', 'error'],
  ['{"foo":"bar","msg":"message with INFO in it"}', 'info'],
  ['{"level":30,"msg":"nothing"}', 'unknown'],
  ['{"level":30,"msg":"a warning"}', 'warn'],
  [' { "a" : [1, {"level":"info"}] , "b" : {"lvl" : "dbg"} } ', 'debug'],
  ['{"a":{"b":{"level":"info"}},"severity":"warn"}', 'warn'],
  ['{"a":{"b":{"level":"none of these"}}}', 'unknown'],
  [String.raw`{"m\"sg":"quote \" and \\","level":"trace"}`, 'trace'],
  ['{"level":"odd","message":"fatal"}', 'fatal'],
  ['{"a" "level":"info"}', 'info'],
  ['{"Message":"x","log.level":"inf"}', 'info'],
  ['{}', 'unknown'],
  ['{', 'unknown'],
  ['{"level":"in}', 'unknown'],
])('of JSON the first field that holds a text: %s', (line, level) => {
  expect(levelOf(line)).toBe(level)
})

it.each([
  ['foo=bar msg="an error of no concern" level=warn', 'warn'],
  ['foo=bar msg="message with info and no level"', 'info'],
  ['lvl=info msg=x severity=critical', 'critical'],
  ['level=NA msg=nothing', 'unknown'],
  ['LEVEL=inFO msg=error', 'info'],
  ['FOO=bar lvl=Information', 'info'],
  ['level="warn" x', 'warn'],
  ['a=b=c level=info', 'info'],
  ['a=b=c level=debug fatal', 'debug'],
  ['x="no end level=info', 'info'],
])('of pairs the field that comes first in the list: %s', (line, level) => {
  expect(levelOf(line)).toBe(level)
})

it('looks as deep into JSON as it is told', () => {
  const line = '{"a":{"b":{"level":"warn"}}}'
  const deep = createLevelFinder({ names: LOG_LEVEL_FIELDS, jsonDepth: 0 })
  expect(levelOf(line, deep)).toBe('warn')
  const own = createLevelFinder({ names: ['how'], jsonDepth: 1 })
  expect(levelOf('{"level":"x","how":"err"}', own)).toBe('error')
})

it('ends on whatever it is given', () => {
  const signs = '{}[]":,= \\aelrin'
  let seed = 7
  for (let round = 0; round < 3000; round++) {
    let line = round % 2 === 0 ? '{' : ''
    for (let i = 0; i < 24; i++) {
      seed = (seed * 48271) % 2147483647
      line += signs[seed % signs.length]
    }
    expect(levelOf(round % 2 === 0 ? `${line}}` : line)).toMatch(/^[a-z]+$/)
  }
})
