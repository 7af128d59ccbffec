import { createContext } from 'react'

/**
 * Whether plots may be built now. Where many charts come to the screen at once, whoever shows them gives each its turn, after the
 * elements around it have been laid out: the plot asks for its size, and the browser would otherwise lay out the page in the middle
 * of the work.
 */
export const PlotTurn = createContext(true)
