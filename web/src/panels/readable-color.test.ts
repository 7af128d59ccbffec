// @vitest-environment jsdom
import { colorManipulator } from '@grafana/data'
import { describe, expect, it } from 'vitest'
import { readableColor } from './readable-color.ts'

describe('colours of letters', () => {
  it.each(['#f2cc0c', '#ff780a', '#ffffff', 'rgb(250, 250, 10)'])(
    '%s is read on white',
    (color) => {
      const found = readableColor(color, 'light', 'text')
      expect(colorManipulator.getContrastRatio(found, '#ffffff')).toBeGreaterThanOrEqual(4.5)
    },
  )

  it.each(['#1f60c4', '#000033'])('%s is read on the dark surface', (color) => {
    const found = readableColor(color, 'dark', 'figure')
    expect(colorManipulator.getContrastRatio(found, '#151a20')).toBeGreaterThanOrEqual(3)
  })

  it('stay what they are where they can be read, or are none', () => {
    expect(readableColor('#b00020', 'light', 'text')).toBe('#b00020')
    expect(readableColor('var(--v-accent)', 'light', 'text')).toBe('var(--v-accent)')
  })
})
