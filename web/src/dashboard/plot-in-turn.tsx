import type { ReactNode } from 'react'
import { PlotTurn } from '../charts/plot-turn.ts'
import { useTurn } from './use-turn.ts'

/** Shows its children at once, and lets the plots among them be built at a later turn. */
export function PlotInTurn({ children }: { readonly children: ReactNode }) {
  return <PlotTurn value={useTurn(true)}>{children}</PlotTurn>
}
