/** What deploys and their panels are made of, loaded when the first file is on its way to a board. */
export { parseDeployPageState } from '../../protocol/deploy-panel';
export { DeployPanel } from './deploy-panel';
export { DeploySession } from './deploy-session';
export { deployStatusText } from './deploy-status-text';
