import { expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { coverStreams, findServiceStreams } from './service-streams.ts'

const range = { startMs: 1000.5, endMs: 2000 }
const streamsOf = (...sets: readonly Readonly<Record<string, string>>[]) => ({
  streams: () => ({ values: sets.map((set) => Labels.from(set)), truncated: false }),
})

it('streams of a service are found by the first label that has its name', () => {
  const source = {
    labelValues: (name: string) => ({
      values: name === 'app' ? ['shop'] : ['x'],
      truncated: false,
    }),
  }
  expect(findServiceStreams(source, 'shop', ['service_name', 'app'], range)).toBe('{app="shop"}')
  expect(findServiceStreams(source, 'other', ['service_name', 'app'], range)).toBeUndefined()
  expect(findServiceStreams(source, '', ['service_name', 'app'], range)).toBeUndefined()
})

it('all streams are a few selectors, each stream in one of them', () => {
  expect(coverStreams(streamsOf(), range)).toEqual(['{service_name=~".+"}'])
  const otlp = { service_name: 'a', env: 'b' }
  expect(coverStreams(streamsOf(otlp, otlp), range)).toEqual(['{service_name=~".+"}'])
  expect(
    coverStreams(streamsOf(otlp, otlp, { app: 'x' }, { app: 'y', job: 'z' }, { unit: 'u' }), range),
  ).toEqual([
    '{service_name=~".+"}',
    '{app=~".+", service_name=""}',
    '{unit=~".+", service_name="", app=""}',
  ])
})
