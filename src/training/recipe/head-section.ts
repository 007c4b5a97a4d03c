/** The `head` of a recipe is what the heads say of themselves. */
export { headSettings as headSection } from '../heads/head-settings';
