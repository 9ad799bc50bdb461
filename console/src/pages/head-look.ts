/** The look of a page's heading with a button beside it, and a sentence below. */
import { css } from "lit";

export const headLook = css`
  .head {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 16px;
    align-items: center;
    justify-content: space-between;
  }
  .head + p {
    margin-top: 6px;
  }
`;
