import { createContext } from 'svelte'
import type { App } from './app.svelte.ts'

/** Handed down once, so that no component passes on what it does not use. */
export const [getApp, setApp] = createContext<App>()
