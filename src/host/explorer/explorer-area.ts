/** What the dataset explorers are made of, loaded when the first one is. */
export { parseExplorerState } from '../../protocol/explorer-page';
export { readExplorerContent } from './explorer-content';
export { ExplorerPanel } from './explorer-panel';
