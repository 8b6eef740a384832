"""How long to wait before the next try, and which network an address belongs to. Pure: no database, no clock."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

DAY = 24 * 3600


@dataclass(frozen=True)
class Budget:
    """`free` tries at once; after that the wait doubles from `first` up to `longest` seconds.

    After `forgets` seconds without a try counting begins anew.
    """

    free: int
    first: int = 1
    longest: int = 900
    forgets: int = DAY

    def wait_after(self, tries: int) -> int:
        """Seconds from try number `tries` to the next one."""
        beyond = tries - self.free
        if beyond < 0:
            return 0
        return min(self.longest, self.first << min(beyond, 30))

    def most_within(self, seconds: int) -> int:
        """How many tries somebody gets in `seconds` who tries again the moment it is allowed."""
        tries, at = 0, 0
        while at < seconds:
            tries += 1
            at += self.wait_after(tries)
        return tries


def network_of(address: str) -> str:
    """The /24 of an IPv4 address, the /64 of an IPv6 address: as many addresses as one subscriber usually has.

    An IPv4 address written as IPv6 (::ffff:203.0.113.7) is IPv4. What is no address at all is one network, "unknown".
    """
    return _network(address, 64)


def site_of(address: str) -> str:
    """As `network_of`, but the /48 of an IPv6 address: whoever rents one has 65,536 networks."""
    return _network(address, 48)


def _network(address: str, of_ipv6: int) -> str:
    try:
        found = ip_address(address.partition("%")[0].strip())
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network(f"{found}/{24 if found.version == 4 else of_ipv6}", strict=False))


def worth_noting(tries: int) -> bool:
    """The 1st, 2nd, 4th, 8th … failure: a log of failures grows with the logarithm of their number."""
    return tries & (tries - 1) == 0
