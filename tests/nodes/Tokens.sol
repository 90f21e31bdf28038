// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// An ERC-20 token as most are. Everybody may mint, and claim that others sent nothing.
contract Token {
    string public name;
    string public symbol;
    uint8 public decimals;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(string memory name_, string memory symbol_, uint8 decimals_) {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
    }

    function mint(address to, uint256 units) external {
        totalSupply += units;
        balanceOf[to] += units;
        emit Transfer(address(0), to, units);
    }

    function approve(address spender, uint256 units) external returns (bool) {
        allowance[msg.sender][spender] = units;
        return true;
    }

    function transfer(address to, uint256 units) external returns (bool) {
        move(msg.sender, to, units);
        return true;
    }

    /// Of nothing no allowance is needed: that is how histories are poisoned.
    function transferFrom(address from, address to, uint256 units) external returns (bool) {
        require(allowance[from][msg.sender] >= units, "allowance");
        allowance[from][msg.sender] -= units;
        move(from, to, units);
        return true;
    }

    function transferEach(address[] calldata recipients, uint256 units) external {
        for (uint256 i = 0; i < recipients.length; i++) {
            move(msg.sender, recipients[i], units);
        }
    }

    /// So many logs in one transaction; nothing moves.
    function spam(address[] calldata recipients, uint256 count, uint256 units) external {
        for (uint256 i = 0; i < count; i++) {
            emit Transfer(msg.sender, recipients[i % recipients.length], units + i);
        }
    }

    function move(address from, address to, uint256 units) private {
        require(balanceOf[from] >= units, "balance");
        balanceOf[from] -= units;
        balanceOf[to] += units;
        emit Transfer(from, to, units);
    }
}

/// A token as USDT on Ethereum is: transfers return nothing, and may cost a fee.
contract FeeToken {
    string public name;
    string public symbol;
    uint8 public decimals;
    uint256 public basisPoints;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(string memory name_, string memory symbol_, uint8 decimals_) {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
    }

    function mint(address to, uint256 units) external {
        balanceOf[to] += units;
        emit Transfer(address(0), to, units);
    }

    function setFee(uint256 basisPoints_) external {
        basisPoints = basisPoints_;
    }

    function transfer(address to, uint256 units) external {
        uint256 fee = (units * basisPoints) / 10000;
        require(balanceOf[msg.sender] >= units, "balance");
        balanceOf[msg.sender] -= units;
        balanceOf[to] += units - fee;
        emit Transfer(msg.sender, to, units - fee);
        if (fee > 0) {
            balanceOf[address(this)] += fee;
            emit Transfer(msg.sender, address(this), fee);
        }
    }
}

/// A contract that says whatever it is told to, of balances that nobody has.
contract Liar {
    string public name;
    string public symbol;
    uint8 public decimals;
    uint256 public nonce;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(string memory name_, string memory symbol_, uint8 decimals_) {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
    }

    function claim(address from, address to, uint256 units) external {
        emit Transfer(from, to, units);
    }

    function say(bytes32[] calldata topics, bytes memory data) external {
        uint256 count = topics.length;
        bytes32 one = topics[0];
        bytes32 two = count > 1 ? topics[1] : bytes32(0);
        bytes32 three = count > 2 ? topics[2] : bytes32(0);
        bytes32 four = count > 3 ? topics[3] : bytes32(0);
        assembly {
            let start := add(data, 32)
            let size := mload(data)
            switch count
            case 1 { log1(start, size, one) }
            case 2 { log2(start, size, one, two) }
            case 3 { log3(start, size, one, two, three) }
            default { log4(start, size, one, two, three, four) }
        }
    }
}

/// Passes on coins in calls of its own, which leave no trace in a block but its balances.
contract Purse {
    receive() external payable {}

    function payEach(address[] calldata recipients, uint256 amount) external payable {
        for (uint256 i = 0; i < recipients.length; i++) {
            pay(recipients[i], amount);
        }
    }

    function payThenRevert(address recipient, uint256 amount) external payable {
        pay(recipient, amount);
        revert("changed its mind");
    }

    /// A payment that is taken back inside, and one that is not.
    function tryThenPay(address recipient, uint256 amount) external payable {
        try this.payThenRevert{value: amount}(recipient, amount) {} catch {}
        pay(recipient, amount + 1);
    }

    /// Carries a call on, as relayers do.
    function pass(address to, bytes calldata data) external {
        (bool passed, ) = to.call(data);
        require(passed, "not passed");
    }

    function payWholeAndEnd(address payable recipient) external payable {
        selfdestruct(recipient);
    }

    function pay(address recipient, uint256 amount) private {
        (bool paid, ) = recipient.call{value: amount}("");
        require(paid, "not paid");
    }
}

/// A token whose issuer freezes addresses, pauses it, and that answers false where it will not pay.
contract IssuersToken {
    string public name;
    string public symbol;
    uint8 public decimals;
    bool public paused;
    mapping(address => uint256) public balanceOf;
    mapping(address => bool) public frozen;
    mapping(address => bool) public refused;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(string memory name_, string memory symbol_, uint8 decimals_) {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
    }

    function mint(address to, uint256 units) external {
        balanceOf[to] += units;
        emit Transfer(address(0), to, units);
    }

    function freeze(address who, bool isFrozen) external {
        frozen[who] = isFrozen;
    }

    function refuse(address who, bool isRefused) external {
        refused[who] = isRefused;
    }

    function pause(bool isPaused) external {
        paused = isPaused;
    }

    function setDecimals(uint8 decimals_) external {
        decimals = decimals_;
    }

    function transfer(address to, uint256 units) external returns (bool) {
        require(!paused, "Pausable: paused");
        require(!frozen[to], "Blacklistable: account is blacklisted");
        if (refused[to]) return false;
        balanceOf[msg.sender] -= units;
        balanceOf[to] += units;
        emit Transfer(msg.sender, to, units);
        return true;
    }
}
