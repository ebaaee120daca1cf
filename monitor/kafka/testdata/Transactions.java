// Two transactional producers of Kafka's own client, interleaved, on partition 0 of a
// topic: Transactions HOST:PORT TOPIC. It prints the value of each record that is
// committed, then "open" with a transaction that stays open until a line is read.
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Transactions {
	public static void main(String[] args) throws Exception {
		KafkaProducer<String, String> a = producer(args[0], "java-a"), b = producer(args[0], "java-b");
		a.initTransactions();
		b.initTransactions();
		for (int round = 0; round < 12; round++) {
			a.beginTransaction();
			b.beginTransaction();
			List<String> ofA = send(a, args[1], "a" + round + "-", 5), ofB = send(b, args[1], "b" + round + "-", 3);
			ofA.addAll(send(a, args[1], "a" + round + "again-", 2));
			end(b, round % 3 == 0, ofB);
			end(a, round % 2 == 0, ofA);
		}
		a.beginTransaction();
		send(a, args[1], "open-", 4);
		b.beginTransaction();
		List<String> behind = send(b, args[1], "behind-", 2);
		end(b, true, behind);
		System.out.println("open");
		System.in.read();
		a.abortTransaction();
		a.close();
		b.close();
	}

	static KafkaProducer<String, String> producer(String broker, String id) {
		Properties p = new Properties();
		p.put("bootstrap.servers", broker);
		p.put("transactional.id", id + System.nanoTime());
		p.put("compression.type", "lz4");
		return new KafkaProducer<>(p, new StringSerializer(), new StringSerializer());
	}

	static List<String> send(KafkaProducer<String, String> p, String topic, String prefix, int n) {
		List<String> sent = new ArrayList<>();
		for (int i = 0; i < n; i++) {
			sent.add(prefix + i);
			p.send(new ProducerRecord<>(topic, 0, "key", prefix + i));
		}
		p.flush();
		return sent;
	}

	static void end(KafkaProducer<String, String> p, boolean commit, List<String> sent) {
		if (!commit) {
			p.abortTransaction();
			return;
		}
		p.commitTransaction();
		sent.forEach(System.out::println);
	}
}
