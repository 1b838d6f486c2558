"""The attacks, one family per file; ``registry`` lists them and ``base`` says what an attack is."""

from masw_core.attacks.base import Attack, LossAttack
from masw_core.attacks.registry import AttackInfo, PaperRow, attack_info, list_attacks, load_attack, register

__all__ = ["Attack", "AttackInfo", "LossAttack", "PaperRow", "attack_info", "list_attacks", "load_attack", "register"]
