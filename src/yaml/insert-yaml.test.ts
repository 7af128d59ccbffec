import { describe, expect, it } from 'vitest'
import { insertItem, insertSection } from './insert-yaml.ts'

const JOB = `job_name: new
static_configs:
  - targets: ['a:1'] # where
`

describe('a section', () => {
  it.each([
    ['', 'b: {}\n'],
    ['# nothing yet\n', '# nothing yet\n\nb: {}\n'],
    ['a: 1', 'a: 1\n\nb: {}\n'],
    ['a:   1   # one\n\n\nc:\n- x\n', 'a:   1   # one\n\n\nc:\n- x\n\nb: {}\n'],
    ['  a: 1\n', '  a: 1\n\n  b: {}\n'],
    ['b: 5\n', 'b: 5\n'],
  ])('is added to %j', (before, after) => {
    expect(insertSection(before, 'b: {}\n')).toBe(after)
  })

  it.each([
    ['{a: 1}\n', 'a key a line'],
    ['- a\n', 'not a mapping'],
    ['a: 1\n---\nb: 2\n', 'several documents'],
    ['a: [\n', 'not valid YAML'],
    ['a: 1\na: 2\n', 'not valid YAML'],
    ['a: |\n  text\n   \n...\n', 'several documents'],
  ])('is not added to %j', (before, reason) => {
    expect(() => insertSection(before, 'b: {}\n')).toThrow(reason)
  })
})

describe('an item', () => {
  it.each([
    [
      'jobs:\n  - a: 1 # first\n  # - b: 2\n\n\nrest: x\n',
      "jobs:\n  - a: 1 # first\n  # - b: 2\n  - job_name: new\n    static_configs:\n      - targets: ['a:1'] # where\n\n\nrest: x\n",
    ],
    [
      'jobs:\n- a: 1\n  b:\n  - c\n  # - d\nrest: x # y\n',
      "jobs:\n- a: 1\n  b:\n  - c\n  # - d\n- job_name: new\n  static_configs:\n    - targets: ['a:1'] # where\nrest: x # y\n",
    ],
    [
      'rest: x\njobs: # none\n',
      "rest: x\njobs: # none\n  - job_name: new\n    static_configs:\n      - targets: ['a:1'] # where\n",
    ],
    [
      'jobs: []\nrest: x\n',
      "jobs:\n  - job_name: new\n    static_configs:\n      - targets: ['a:1'] # where\nrest: x\n",
    ],
    [
      'rest: x\n',
      "rest: x\n\njobs:\n  - job_name: new\n    static_configs:\n      - targets: ['a:1'] # where\n",
    ],
    [
      'jobs: [{a: 1}]\n',
      'jobs: [{a: 1}, {"job_name":"new","static_configs":[{"targets":["a:1"]}]}]\n',
    ],
    [
      'jobs:\n    -   a: 1\n        text: |\n          long\n            lines\n',
      "jobs:\n    -   a: 1\n        text: |\n          long\n            lines\n    - job_name: new\n      static_configs:\n        - targets: ['a:1'] # where\n",
    ],
  ])('is added to %j', (before, after) => {
    expect(insertItem(before, ['jobs'], JOB)).toBe(after)
  })

  it.each([
    [
      'prometheus:\n  global: {}\n  scrape_configs:\n    - a: 1\nlisten: {}\n',
      'prometheus:\n  global: {}\n  scrape_configs:\n    - a: 1\n    - b: 2\nlisten: {}\n',
    ],
    [
      'prometheus:\n  global: {}\n  # more\nlisten: {}\n',
      'prometheus:\n  global: {}\n  # more\n  scrape_configs:\n    - b: 2\nlisten: {}\n',
    ],
  ])('is added deeper in %j', (before, after) => {
    expect(insertItem(before, ['prometheus', 'scrape_configs'], 'b: 2\n')).toBe(after)
  })

  it('that an anchor or merge would change is added nowhere', () => {
    const before = 'base: &b\n  - a: 1\njobs: *b\n'
    expect(() => insertItem(before, ['jobs'], 'b: 2\n')).toThrow('nothing was written')
  })
})
