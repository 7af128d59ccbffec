import { describe, expect, it } from 'vitest'
import { expandText } from './expand.ts'

const source = {
  env: { PORT: '4317', lower: 'small', EMPTY: '' },
  readFile: () => '',
}

describe('variables', () => {
  it.each([
    ['${PORT}', '4317'],
    ['${env:PORT}', '4317'],
    ['${env:lower}', 'small'],
    ['${lower}', '${lower}'],
    ['${env:NONE:-tempo}:${env:PORT}', 'tempo:4317'],
    ['${EMPTY:-full}', 'full'],
    ['$${env:PORT}', '${env:PORT}'],
  ])('%s becomes %s', (text, wanted) => {
    expect(expandText(text, source, false)).toMatchObject({ text: wanted, errors: [] })
  })

  it('must be set in the notation of the collector, too', () => {
    expect(expandText('${env:NONE}', source, false).errors[0]).toContain('NONE is not set')
  })
})
