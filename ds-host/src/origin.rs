//! Where a client speaks from, as far as that can be told from its address.

use std::net::{IpAddr, Ipv6Addr};

/// An address of IPv4, or a network of 64 bits of IPv6: who has one address of that has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin(IpAddr);

impl Origin {
    pub(crate) fn new(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) if !address.is_loopback() => {
                let network = u128::from(address) >> 64 << 64;
                Ipv6Addr::from(network).into()
            }
            address => address,
        })
    }

    /// This machine: a proxy in front of the server, perhaps, that speaks for everybody.
    pub(crate) fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        let origin = |text: &str| Origin::new(text.parse().unwrap());
        assert_eq!(origin("2001:db8:1:2:3::4"), origin("2001:db8:1:2::9"));
        assert_ne!(origin("2001:db8:1:2::9"), origin("2001:db8:1:3::9"));
        assert_eq!(origin("::ffff:192.0.2.1"), origin("192.0.2.1"));
        assert_ne!(origin("192.0.2.2"), origin("192.0.2.1"));
        assert!(origin("::1").is_loopback() && origin("127.0.0.1").is_loopback());
    }
}
