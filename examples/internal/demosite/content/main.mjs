import { part } from "./part.mjs";
export { last } from "./last.mjs";
export default part;
