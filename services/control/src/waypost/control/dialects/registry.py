"""Every dialect that is served. A new one adds its line here and is mounted, tested and documented."""

from waypost.control.dialects.codeqr.dialect import CODEQR
from waypost.control.dialects.dialect import Dialect
from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS
from waypost.control.dialects.qrsbd.dialect import QRSBD
from waypost.control.dialects.trimlink.dialect import TRIMLINK
from waypost.control.dialects.xqr.dialect import XQR

DIALECTS: tuple[Dialect, ...] = (CODEQR, LINKBREAKERS, QRSBD, TRIMLINK, XQR)
