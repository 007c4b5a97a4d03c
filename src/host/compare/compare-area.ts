/** What the panels that compare runs are made of, loaded when the first one is. */
export { parseComparePageState } from '../../protocol/compare-panel';
export { ComparePanel } from './compare-panel';
